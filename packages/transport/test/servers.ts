import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { inspect } from "node:util";
import { type HandleError, isHandleError } from "@handlekit/core";
import { expect, onTestFinished } from "vitest";
import type { CertifiedKey } from "./certificates.ts";

/** Part of every secret in these tests. */
export const CANARY = "S3CR3T-of-transport";

/** Listens on the loopback until the test is over, and then ends every connection. */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** @returns the origin of an https server */
export async function serveTls(
  { certificate, key }: CertifiedKey,
  listener: RequestListener,
  options: ServerOptions = {},
): Promise<string> {
  const server = createHttpsServer({ cert: certificate, key, ...options }, listener);
  return `https://127.0.0.1:${await listen(server)}`;
}

/** @returns the origin of a plain http server */
export async function servePlain(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttpServer({ keepAliveTimeout: 0 }, listener))}`;
}

/** @returns the port of a TCP server */
export function serveRaw(onSocket: (socket: Socket) => void): Promise<number> {
  return listen(createTcpServer(onSocket));
}

/** @returns a port of the loopback on which nothing listens */
export async function findClosedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves to the HandleError that a promise rejects with; fails if the canary is anywhere in it. */
export async function errorOf(promise: Promise<unknown>): Promise<HandleError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHandleError(error)) throw new Error("It did not reject with a HandleError.");
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + error.stack;
  expect(shown.includes(CANARY)).toBe(false);
  return error;
}

/** A promise and the function that resolves it. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
