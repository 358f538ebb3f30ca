import { isHandleError } from "@handlekit/core";
import type { HandleRecord, ReadOptions, RecordOrError } from "./types.ts";

const AT_A_TIME = 8;

/** Reads several records, some at a time; see `HandleClient.readMany`. */
export async function* readMany(
  read: (handle: string, how: ReadOptions) => Promise<HandleRecord>,
  handles: Iterable<string> | AsyncIterable<string>,
  how: ReadOptions,
): AsyncGenerator<RecordOrError> {
  const running = new Set<Promise<RecordOrError>>();
  const start = (handle: string) => {
    const reading: Promise<RecordOrError> = read(handle, how).then(
      (record) => done(record),
      (error: unknown) => {
        if (!isHandleError(error)) throw error;
        return done({ handle, error });
      },
    );
    const done = (outcome: RecordOrError): RecordOrError => {
      running.delete(reading);
      return outcome;
    };
    running.add(reading);
  };
  for await (const handle of handles) {
    start(handle);
    if (running.size >= AT_A_TIME) yield await Promise.race(running);
  }
  while (running.size > 0) yield await Promise.race(running);
}
