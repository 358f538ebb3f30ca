import { isHandleError } from "@handlekit/core";
import type { HandleRecord, ReadOptions, RecordOrError } from "./types.ts";

const AT_A_TIME = 8;

interface Finished {
  readonly reading: Promise<Finished>;
  readonly outcome: RecordOrError;
}

async function* each(handles: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  yield* handles;
}

/** Reads several records, some at a time; see `HandleClient.readMany`. */
export async function* readMany(
  read: (handle: string, how: ReadOptions) => Promise<HandleRecord>,
  handles: Iterable<string> | AsyncIterable<string>,
  how: ReadOptions,
): AsyncGenerator<RecordOrError> {
  const source = each(handles);
  const pull = () => source.next().then((pulled) => ({ pulled }));
  // A reading stays here until its outcome was given out, however long that takes.
  const running = new Set<Promise<Finished>>();
  const start = (handle: string) => {
    const outcome = read(handle, how).catch((error: unknown) => {
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
      if (!ended && running.size < AT_A_TIME) pulling ??= pull();
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
