import type { Duplex } from "node:stream";
import type { Connections } from "./connections.ts";

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
  /** The position of the error in the packet, which may begin with earlier requests. */
  readonly bytesParsed?: number;
}

const MAX_LINE = 16_384;
/** How long what a client still sends is read after a response, because it would lose that if the connection were reset. */
const LINGER_MS = 2000;

/** The response to a request that node:http cannot parse: JSON for an unknown method, else only a status. */
function responseTo(error: ClientError): string {
  const packet = error.rawPacket?.toString("latin1") ?? "";
  const start = packet.lastIndexOf("\n", error.bytesParsed ?? 0) + 1;
  const [line = ""] = packet.slice(start, start + MAX_LINE).split(/\r?\n/, 1);
  const [, method] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}) \S+ HTTP\/1\.[01]$/.exec(line) ?? [];
  const unknown = error.code === "HPE_INVALID_METHOD" && method !== undefined;
  const body = unknown ? JSON.stringify({ responseCode: 4, message: `Unknown method ${method}` }) : "";
  const status = unknown
    ? "501 Not Implemented"
    : error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  const type = unknown ? "Content-Type: application/json;charset=utf-8\r\n" : "";
  return `HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\n${type}X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/**
 * Creates the listener of `clientError`, which responds to requests that node:http cannot parse. If earlier
 * requests of the connection are being handled, the response comes after theirs.
 */
export function createClientErrorListener({
  requests,
}: Connections): (error: ClientError, socket: Duplex) => void {
  const failed = new WeakSet<Duplex>();
  return (error, socket) => {
    if (error.code === "ECONNRESET") return void socket.destroy();
    // A broken connection reports each further piece.
    if (failed.has(socket)) return;
    if (!socket.writable) return void socket.destroy();
    failed.add(socket);
    const respond = () => {
      socket.end(responseTo(error));
      const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
      socket.once("close", () => clearTimeout(timer));
    };
    const open = requests(socket);
    const last = open.at(-1);
    if (last === undefined) respond();
    else if (last.message.complete) last.out.once("close", respond);
    else if (open.length === 1 && !last.out.headersSent) respond();
    else socket.destroy();
  };
}
