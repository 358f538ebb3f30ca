import { type HandleError, isHandleError } from "@handlekit/core";
import { checkIterable } from "../check-call.ts";
import type { Connection } from "../connection/connection.ts";
import { checkReadOptions, type HandleRecord, type ReadOptions, readRecord } from "./read-record.ts";

/** One of several records, or the reason why it could not be read. */
export type RecordOrError = HandleRecord | { readonly handle: string; readonly error: HandleError };

const CONCURRENCY = 8;

interface Finished {
  readonly reading: Promise<Finished>;
  readonly outcome: RecordOrError;
}

async function* each(handles: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  yield* handles;
}

async function* readAll(
  connection: Connection,
  handles: Iterable<string> | AsyncIterable<string>,
  options: ReadOptions,
): AsyncGenerator<RecordOrError> {
  const source = each(handles);
  const pull = () => source.next().then((pulled) => ({ pulled }));
  // A record stays here until the consumer has taken it, however long that takes.
  const running = new Set<Promise<Finished>>();
  const start = (handle: string) => {
    const outcome = readRecord(connection, handle, options, "readMany").catch((error: unknown) => {
      if (isHandleError(error)) return { handle, error };
      throw error;
    });
    const reading: Promise<Finished> = outcome.then((read) => ({ reading, outcome: read }));
    reading.catch(() => {});
    running.add(reading);
  };
  let pulling: ReturnType<typeof pull> | undefined;
  let ended = false;
  try {
    while (!ended || running.size > 0) {
      if (!ended && running.size < CONCURRENCY) pulling ??= pull();
      const first = await Promise.race([...running, ...(pulling ? [pulling] : [])]);
      if ("outcome" in first) {
        running.delete(first.reading);
        yield first.outcome;
      } else {
        pulling = undefined;
        if (first.pulled.done) ended = true;
        else start(first.pulled.value);
      }
    }
  } finally {
    pulling?.catch(() => {});
    source.return(undefined).catch(() => {});
  }
}

/** Reads several records, some at a time; see `HandleClient.readMany`. */
export function readMany(
  connection: Connection,
  handles: Iterable<string> | AsyncIterable<string>,
  options: ReadOptions = {},
): AsyncIterable<RecordOrError> {
  checkIterable("readMany", "handles", handles);
  checkReadOptions("readMany", options);
  return readAll(connection, handles, options);
}
