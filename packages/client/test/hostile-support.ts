// A server, or somebody between it and us, that means harm: attack -> what the client makes of it.
import { createServer, type RequestListener } from "node:http";
import { createServer as createTls } from "node:https";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { inspect } from "node:util";
import { type ClientOptions, createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { expect, onTestFinished } from "vitest";
import { TLS } from "./fault-site.ts";

export const HANDLE = "20.500.12345/x";
export const PASSWORD = "S3CR3T-for-the-hostile";
export const GOOD = { index: 1, type: "URL", data: { format: "string", value: "https://example.org/" } };

async function listen(server: Server, scheme: "http" | "https"): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A client that gives up after a second, for servers that make it wait for ever. */
export const IMPATIENT: ClientOptions = { transport: { timeouts: { attempt: 600, total: 1000 } } };

/** Opens a client, which waits long enough for a busy machine. */
export function open(server: string, options: ClientOptions = {}): HandleClient {
  const transport = {
    timeouts: { attempt: 50_000, total: 60_000 },
    retries: { baseDelay: 1 },
    ...options.transport,
  };
  const client = createClient(
    {
      server,
      ...(server.startsWith("https:") && {
        httpsVerify: { ca: TLS.certificate },
        login: {
          kind: "password",
          identity: { index: 300, handle: "20.500.12345/USER" },
          password: PASSWORD,
        },
      }),
    } as never,
    { ...options, transport },
  );
  onTestFinished(() => client.close());
  return client;
}

export const answering =
  (body: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_, out) =>
    out.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
export const plain = (listener: RequestListener) => listen(createServer(listener), "http");
export const secure = (listener: RequestListener) =>
  listen(createTls({ cert: TLS.certificate, key: TLS.key }, listener), "https");
/** A server that answers each connection with bytes. */
export const raw = (answer: (socket: Socket) => void) =>
  listen(
    createTcp((socket) => {
      socket.once("data", () => answer(socket));
    }),
    "http",
  );
export const answer = (values: readonly unknown[], handle = HANDLE) =>
  JSON.stringify({ responseCode: 1, handle, values });

export async function errorOf(run: () => Promise<unknown>) {
  try {
    await run();
  } catch (error) {
    if (!isHandleError(error)) throw error;
    expect(inspect(error, { depth: 9 })).not.toContain("S3CR3T");
    return error;
  }
  throw new Error("The call did not fail.");
}
