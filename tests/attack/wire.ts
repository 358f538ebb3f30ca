import { AsyncLocalStorage } from "node:async_hooks";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";

/** The address of attackers. Honest clients have 127.0.0.1. All of 127.0.0.0/8 is this machine on Linux. */
export const attacker = new AsyncLocalStorage<string>();
const addressOfAttacker = () => attacker.getStore() ?? "127.0.0.2";

/** Opens connections, a few at a time, because each handshake keeps the server busy for some milliseconds. */
export async function openMany<T extends Socket>(count: number, open: () => Promise<T>): Promise<T[]> {
  const opened: T[] = [];
  const opener = async () => {
    for (let left = Math.ceil(count / 4); left > 0 && opened.length < count; left--)
      opened.push(await open());
  };
  await Promise.all([opener(), opener(), opener(), opener()]);
  return opened;
}

/** Opens a TCP connection. Errors of the socket are ignored: attackers expect them. */
export function openTcp(port: number, from = addressOfAttacker()): Promise<Socket> {
  const socket = connectTcp({ port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => {});
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(socket));
    socket.once("close", () => resolve(socket));
  });
}

/** Opens a TLS connection and waits for the handshake. Rejects if it fails. */
export function openTls(port: number, from = addressOfAttacker()): Promise<TLSSocket> {
  const options: ConnectionOptions & { readonly localAddress: string } = {
    port,
    host: "127.0.0.1",
    localAddress: from,
    rejectUnauthorized: false,
  };
  const socket = connectTls(options);
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => {
      socket.on("error", () => {});
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Resolves when the peer has closed the connection. Reads what comes unless `reading` is false. */
export function closed(socket: Socket, reading = true): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  if (reading) socket.resume();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Resolves to the first promise, or to undefined after a time. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A response, of which the text may be cut. */
export interface Reply {
  /** 0 if the connection was closed before a response. */
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  readonly milliseconds: number;
}

/** The text of a request. */
export function requestText(
  method: string,
  target: string,
  headers: readonly string[] = [],
  body = "",
  type = "application/json",
): string {
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`, `Content-Type: ${type}`];
  return [`${method} ${target} HTTP/1.1`, "Host: h", ...length, ...headers, "", body].join("\r\n");
}

/** Sends one request on a connection of its own. */
export async function ask(port: number, request: string, from = addressOfAttacker()): Promise<Reply> {
  const begun = performance.now();
  const socket = await openTls(port, from);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const end = closed(socket);
  socket.write(request.replace("\r\nHost: h", "\r\nHost: h\r\nConnection: close"));
  await end;
  const text = Buffer.concat(chunks).toString("latin1");
  const split = text.indexOf("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
    headers: text.slice(0, Math.max(split, 0)),
    body: text.slice(split + 4),
    milliseconds: performance.now() - begun,
  };
}
