import { Agent, request } from "node:http";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isHandleError } from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import { openSqlite } from "@handlekit/store-sqlite";
import { type ControlAnswer, createRemote, errorFromJson, type Perform } from "./calls.ts";
import { socketPath } from "./control-server.ts";

/** More connections at once than wait in the queue of a socket would be refused. */
const MAX_CALLS = 64;

/** Creates the function that has calls performed by the server of a directory. */
function callServer(directory: string): Perform {
  const agent = new Agent({ maxSockets: MAX_CALLS });
  return async (call) => {
    const text = await new Promise<string>((fulfil, reject) => {
      const sent = request({ socketPath: socketPath(directory), method: "POST", agent }, (response) => {
        let received = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          received += chunk;
        });
        response.on("end", () => fulfil(received)).on("error", reject);
      });
      sent.on("error", reject);
      sent.end(JSON.stringify(call));
    });
    const answer = JSON.parse(text) as ControlAnswer;
    if ("error" in answer) throw errorFromJson(answer.error);
    return answer.result;
  };
}

/** A command waits this long for another one. */
const WAIT_MS = 5000;
const PAUSE_MS = 100;

/**
 * Opens the store of a data directory for a command: itself, or through the running server that has it open. Waits some
 * seconds for another command that has it open.
 *
 * @param file the path of the store, relative to the directory
 * @param cacheBytes how much memory the records that are read often may use; default that of the store
 * @throws HandleError `store_failed` if it cannot be opened, or another process than a server has it open
 */
export async function openDirectoryStore(
  directory: string,
  file: string,
  cacheBytes?: number,
): Promise<OpenedStore> {
  const perform = callServer(directory);
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await openSqlite({ file: resolve(directory, file), cacheBytes });
    } catch (error) {
      if (!isHandleError(error, "store_failed") || !error.retryable) throw error;
      const reached = await perform({ on: "store", name: "prefixes", arguments: [] }).then(
        () => true,
        () => false,
      );
      if (reached) return createRemote(perform);
      if (performance.now() > deadline) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}
