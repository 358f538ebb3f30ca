import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { HandleError } from "@handlekit/core";
import { failureOf } from "../failure.ts";
import type { FindQuery, FindStep } from "../search/find-step.ts";
import type { IndexProgress } from "../write/build-index.ts";
import type { Write, WriteOutcome } from "../write/writer.ts";
import type { Call, Failure, Message, ThreadData } from "./messages.ts";

/** A thread that works on a file. It keeps the process running only while a call waits for its answer. */
export interface Thread {
  /** True once it has failed or is closed; calls are rejected then. */
  readonly ended: boolean;
  write(group: readonly Write[]): Promise<readonly WriteOutcome[]>;
  /** Adds records to the search index. Resolves to at least the number of those that are not in it yet. */
  extendIndex(records: number): Promise<number>;
  find(query: FindQuery): Promise<FindStep>;
  close(): Promise<void>;
}

/** Beside the built module, or in the folder of the build if the source runs. */
const PLACES = ["./worker.js", "../../dist/worker.js"];

function workerFile(): URL | undefined {
  if (!import.meta.url.startsWith("file:")) return undefined;
  return PLACES.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
}

function errorIn(failure: Failure): Error {
  if ("failure" in failure) return failureOf(failure.failure);
  return new HandleError(failure.refusal.code, failure.refusal.details);
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts a thread.
 *
 * @param report called with the progress of the search index
 * @returns undefined if the file of the thread is not there or cannot be run, as in a bundle
 * @throws HandleError if the store refuses the file; the errors of SQLite and the system
 */
export async function startThread(
  data: ThreadData,
  report: (progress: IndexProgress) => void,
): Promise<Thread | undefined> {
  const url = workerFile();
  if (url === undefined) return undefined;
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let ended: Error | undefined;
  const worker = new Worker(url, { workerData: data, execArgv: [], stdout: false, stderr: false });

  function call<T>(request: Call): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      const id = ++calls;
      if (waiting.size === 0) worker.ref();
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });
  }

  function settle(id: number): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    return found;
  }

  const opened = await new Promise<boolean>((resolve, reject) => {
    worker.on("message", (message: Message) => {
      if ("ready" in message) {
        if (message.ready) return resolve(true);
        worker.unref();
        return reject(errorIn(message));
      }
      if ("progress" in message) {
        const { waiting: records, error } = message.progress;
        return report(error === undefined ? { waiting: records } : { error: failureOf(error) });
      }
      const found = settle(message.id);
      if ("result" in message) found?.resolve(message.result as never);
      else found?.reject(errorIn(message));
    });
    const end = (error: Error) => {
      ended = error;
      for (const { reject: fail } of waiting.values()) fail(error);
      waiting.clear();
      resolve(false);
    };
    worker.on("error", (error: unknown) =>
      end(failureOf({ message: `its thread failed: ${error}`, code: undefined, rawCode: undefined })),
    );
    worker.on("exit", () =>
      end(failureOf({ message: "its thread has ended", code: undefined, rawCode: undefined })),
    );
  });
  if (!opened) return undefined;
  worker.unref();
  return {
    get ended() {
      return ended !== undefined;
    },
    write: (group) => call({ write: group }),
    extendIndex: (records) => call({ extendIndex: records }),
    find: (query) => call({ find: query }),
    async close() {
      await call({ close: true });
      await worker.terminate();
    },
  };
}
