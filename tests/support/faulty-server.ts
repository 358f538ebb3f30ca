import {
  type IncomingMessage,
  type RequestListener,
  request as requestHttp,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, request as requestHttps, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";

/** A server that a test has opened on 127.0.0.1. */
export interface Opened {
  readonly url: string;
  close(): Promise<void>;
}

async function listening(server: Server): Promise<Opened> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Opens a port that speaks no TLS. */
export function openTcp(onSocket: (socket: Socket) => void): Promise<Opened> {
  return listening(createTcpServer(onSocket));
}

/** Opens an HTTPS server. */
export function openHttps(options: ServerOptions, listener: RequestListener): Promise<Opened> {
  return listening(createHttpsServer(options, listener));
}

/** Passes a request on to another server, as a proxy does that ends TLS. */
export function passTo(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  change: (headers: Record<string, string | string[] | undefined>) => void = () => {},
): void {
  const url = new URL(request.url ?? "/", target);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const { method, headers } = request;
  // The test knows the server behind: nothing is proved by verifying it.
  const passed = send(url, { method, headers, rejectUnauthorized: false, agent: false }, (answer) => {
    const changed = { ...answer.headers };
    change(changed);
    response.writeHead(answer.statusCode ?? 502, changed);
    answer.pipe(response);
  });
  passed.on("error", () => response.destroy());
  request.pipe(passed);
}
