import { readFileSync } from "node:fs";
import { connect, type TLSSocket, type ConnectionOptions as TlsOptions } from "node:tls";

/** Options of a connection; `localAddress` is an address of this machine. */
export type ConnectionOptions = TlsOptions & { readonly localAddress?: string };

/** Opens a TLS connection to a server and waits for the handshake. */
export async function openTls(url: string, ca: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ca: readFileSync(ca), ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

/** Everything the other side sends until it closes. */
export function readAll(socket: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  return new Promise((resolve) => {
    socket.once("close", () => resolve(text));
    socket.once("error", () => resolve(text));
  });
}

/** Sends bytes as they are and gives back what comes until the server closes. */
export async function exchangeRaw(
  url: string,
  ca: string,
  bytes: string,
  options?: ConnectionOptions,
): Promise<string> {
  const socket = await openTls(url, ca, options);
  const all = readAll(socket);
  socket.write(bytes, "latin1");
  return all;
}

/** Sends bytes as {@link exchangeRaw} does, and closes as soon as an answer begins: after some answers the server goes on reading. */
export async function beginningRaw(url: string, ca: string, bytes: string): Promise<string> {
  const socket = await openTls(url, ca);
  const all = readAll(socket);
  socket.once("data", () => socket.destroy());
  socket.write(bytes, "latin1");
  return all;
}

/** The status of the first answer in a text. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}
