import { HandleError } from "../error.ts";
import type { HandleKey } from "../handle.ts";
import { createInTurn } from "../in-turn.ts";
import { RESPONSE_CODES } from "../response-codes.ts";
import type { HandleStore, RecordValues, StoredRecord } from "./handle-store.ts";
import type { StateStore } from "./state-store.ts";

/** Options of {@link updateRecord} and {@link updateState}. */
export interface UpdateOptions {
  /** How long to wait for a turn and to try again, in milliseconds. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds from any point in time. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Resolves after some milliseconds. Default by `setTimeout`. */
  readonly wait?: ((milliseconds: number) => Promise<void>) | undefined;
  /** A number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

const TIMEOUT = 10_000;
const LONGEST_WAIT = 100;

/** The turns of this process. They belong to the store objects, and end with them. */
const inTurn = createInTurn();

/**
 * Runs attempts, one caller at a time for each owner and key, until one resolves to something. Callers of this process
 * never run into each other; those of other processes do, hence the random waits.
 */
async function retry<T>(
  owner: object,
  key: string,
  attempt: () => Promise<T | "conflict">,
  options: UpdateOptions,
): Promise<T> {
  const { timeout = TIMEOUT, now = () => performance.now(), random = Math.random } = options;
  const { wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  const deadline = now() + timeout;
  return inTurn(owner, key, async () => {
    for (let round = 0; now() < deadline; round++) {
      const outcome = await attempt();
      if (outcome !== "conflict") return outcome;
      await wait(random() * Math.min(LONGEST_WAIT, 2 ** round));
    }
    throw new HandleError("server_busy", {
      message: "The entry is being changed by others.",
      hint: "Try again.",
      responseCode: RESPONSE_CODES.serverTooBusy,
      retryable: true,
    });
  });
}

/**
 * Changes one record: reads it, calls `decide` for what it should become, and commits that if the record is still the
 * one that was read; otherwise it begins again. Callers in this process take turns for each key of a store object.
 *
 * @param decide gets the record, undefined when there is none, and returns its next values, or null to remove it; to
 *   change nothing it returns the very values that it was given. It may throw to refuse, may be called several times,
 *   and must not update the same record itself
 * @returns the values before and after; null and undefined stand for no record
 * @throws HandleError `server_busy` (response code 3) when others keep changing the record until the timeout;
 *   whatever `decide` and the store throw
 * @example
 * ```ts
 * await updateRecord(store, handleKey("20.500.12345/abc"), (record) => [...(record?.values ?? []), value]);
 * ```
 */
export function updateRecord(
  store: HandleStore,
  key: HandleKey,
  decide: (record: StoredRecord | undefined) => RecordValues | null | Promise<RecordValues | null>,
  options: UpdateOptions = {},
): Promise<{ readonly before: RecordValues | undefined; readonly after: RecordValues | null }> {
  const attempt = async () => {
    const record = await store.read(key);
    const before = record?.values;
    const after = await decide(record);
    if (after === (before ?? null)) return { before, after };
    const outcome = await store.commit(key, record?.revision ?? "absent", after);
    return outcome === "done" ? { before, after } : outcome;
  };
  return retry(store, key, attempt, options);
}

/**
 * Changes one state entry that holds JSON, as {@link updateRecord} changes a record.
 *
 * @param decide gets what the entry holds, undefined when there is none, and returns what it should hold; to change
 *   nothing it returns the very value that it was given
 * @returns what the entry holds then
 * @throws HandleError `server_busy` (response code 3) when others keep changing the entry until the timeout;
 *   whatever `decide` and the store throw
 * @example
 * ```ts
 * await updateState<number>(state, "visits", (before = 0) => before + 1);
 * ```
 */
export function updateState<T extends object | string | number | boolean>(
  state: StateStore,
  key: string,
  decide: (before: T | undefined) => T | Promise<T>,
  options: UpdateOptions = {},
): Promise<T> {
  const attempt = async () => {
    const entry = await state.get(key);
    const before = entry && (JSON.parse(entry.value) as T);
    const after = await decide(before);
    if (after === before) return { after };
    const outcome = await state.put(key, JSON.stringify(after), entry?.revision ?? "absent");
    return outcome === "done" ? { after } : outcome;
  };
  return retry(state, key, attempt, options).then(({ after }) => after);
}
