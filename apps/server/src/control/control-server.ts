import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join, relative } from "node:path";
import type { Logger } from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import { type ControlAnswer, type ControlCall, createPerform, errorToJson, SOCKET_NAME } from "./calls.ts";

const MAX_CALL_BYTES = 64 * 1024 * 1024;

/** The path of the socket, relative if that is shorter: the names of sockets have about a hundred bytes. */
export function socketPath(directory: string): string {
  const path = join(directory, SOCKET_NAME);
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}

/**
 * Lets the commands of `hdl-server` use the store of this process, which alone can open it, by a socket in the data
 * directory. Only the owner of the directory can connect. Not on Windows.
 *
 * @returns a function that ends it. If the socket cannot be made, the log says so and the server runs without it
 */
export async function startControl(
  directory: string,
  opened: OpenedStore,
  log: Logger,
): Promise<() => Promise<void>> {
  if (process.platform === "win32") return async () => undefined;
  const perform = createPerform(opened);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_CALL_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on("error", () => undefined);
    request.on("end", async () => {
      let answer: ControlAnswer;
      try {
        const call = JSON.parse(Buffer.concat(chunks).toString()) as ControlCall;
        answer = { result: await perform(call) };
      } catch (error) {
        answer = { error: errorToJson(error) };
      }
      response.setHeader("Connection", "close");
      response.end(JSON.stringify(answer));
    });
  });
  const path = socketPath(directory);
  try {
    // Left behind by a server that was killed: this process has the lock of the store.
    await rm(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      // Bound at once, so that nobody can connect before it is the owner's alone.
      const before = process.umask(0o177);
      server.once("error", reject).listen(path, resolve);
      process.umask(before);
    });
  } catch (error) {
    log.warn("commands cannot reach this server, because its socket cannot be made", { path, error });
    return async () => undefined;
  }
  server.on("error", (error) => log.warn("the socket for commands failed", { error }));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
