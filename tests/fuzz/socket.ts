import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createNodeListener } from "@handlekit/service/node";
import { PREFIX } from "../../packages/service/test/support.ts";
import { bytesTarget, type FuzzTarget } from "./target.ts";
import { createEverything, REQUESTS } from "./targets/service.ts";

/** Milliseconds within which the server must answer or close, on a busy machine. */
const PATIENCE = 20_000;

/** Writes a request of REQUESTS as HTTP, with its length. */
function httpOf(request: string): string {
  const end = request.indexOf("\n\n");
  const [first = "", ...headers] = request.slice(0, end).split("\n");
  const body = request.slice(end + 2);
  return [
    `${first} HTTP/1.1`,
    "Host: localhost",
    ...headers,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

const HONEST = `GET /api/handles/${PREFIX}/Record?index=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

/** Sends bytes and the end of the stream; resolves to the answer when the server has closed too. */
async function talk(port: number, bytes: Uint8Array | string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {}); // A reset is a way to close.
  const patience = setTimeout(() => socket.destroy(new Error("no end")), PATIENCE);
  socket.end(bytes);
  await once(socket, "close").catch(() => {});
  clearTimeout(patience);
  if (socket.errored?.message === "no end") throw new Error("The server neither answered nor closed.");
  return Buffer.concat(chunks).toString("latin1");
}

/** The whole server over a socket: it must answer or close, and then answer an honest request. */
export async function openServerTarget(): Promise<{
  readonly target: FuzzTarget;
  close(): Promise<unknown>;
}> {
  const { service, failed } = await createEverything();
  const listener = createNodeListener(service, {
    connection: () => ({ secure: true, remoteAddress: "127.0.0.1" }),
  });
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const requests = REQUESTS.map(httpOf);
  const corpus = [
    ...requests,
    `${requests[0]}${requests[2]}`,
    `PUT /api/handles/${PREFIX}/c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n0\r\n\r\n`,
    `PUT /api/handles/${PREFIX}/d HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
    "CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
  ];
  const target = bytesTarget("server", corpus, async (input) => {
    await talk(port, input);
    const answer = await talk(port, HONEST);
    if (failed.length > 0) throw new Error(failed.splice(0).join("; "));
    // The input may have changed or deleted the record.
    if (!/^HTTP\/1\.1 (200|404) [\s\S]*"responseCode":/.test(answer)) {
      throw new Error(`The honest request got ${JSON.stringify(answer.slice(0, 200))}`);
    }
  });
  return {
    target,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
