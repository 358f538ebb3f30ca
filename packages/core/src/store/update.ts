import { checkArgument, checkOptions } from "../check.ts";
import { HandleError, invalidOptions } from "../error.ts";
import type { HandleKey } from "../handle.ts";
import { createInTurn } from "../in-turn.ts";
import { RESPONSE_CODES } from "../response-codes.ts";
import type { AuditEntry, HandleStore, RecordValues, StoredRecord } from "./handle-store.ts";
import type { StateStore } from "./state-store.ts";

/** Options of {@link updateRecord} and {@link updateState}. */
export interface UpdateOptions {
  /** The maximum time to wait for other writers and to retry, in milliseconds. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds from any point in time. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Resolves after some milliseconds. Default by `setTimeout`. */
  readonly wait?: ((milliseconds: number) => Promise<void>) | undefined;
  /** Returns a number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Options of {@link updateRecord}. */
export interface UpdateRecordOptions extends UpdateOptions {
  /** Returns the entry for the audit of the store, which is written with the change. Default none. */
  readonly audit?:
    | ((before: RecordValues | undefined, after: RecordValues | undefined) => AuditEntry)
    | undefined;
}

const TIMEOUT = 10_000;
const MAX_WAIT = 100;

/** The mutexes of this process. They are kept in a WeakMap under the store objects. */
const inTurn = createInTurn();

function checkCall(caller: string, store: object, methods: readonly string[], key: string): void {
  const what = methods.includes("commit") ? "store" : "state";
  checkArgument(caller, what, store, ["object"]);
  for (const name of methods)
    checkArgument(caller, `${what}.${name}`, Reflect.get(store, name), ["function"]);
  checkArgument(caller, "key", key, ["string"]);
}

const OPTIONS = {
  timeout: ["number", "undefined"],
  now: ["function", "undefined"],
  wait: ["function", "undefined"],
  random: ["function", "undefined"],
} as const;

/**
 * Repeats `attempt` until it resolves to something else than "conflict". Calls of this process with the same owner and
 * key run one after the other; the random waits are for conflicts with other processes.
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
      await wait(random() * Math.min(MAX_WAIT, 2 ** round));
    }
    throw new HandleError("server_busy", {
      message: "Other processes kept changing the entry.",
      hint: "Try again.",
      responseCode: RESPONSE_CODES.serverTooBusy,
      retryable: true,
    });
  });
}

/**
 * Changes one record: reads it, calls `decide` for its next values, and commits them if the record is still the one that
 * was read; otherwise it starts again. Calls in this process with the same store object and key run one after the other.
 *
 * @param decide gets the record, or undefined if there is none, and returns its next values, or null to remove it. It
 *   returns the same array that it was given to change nothing. It may throw to refuse, may be called several times, and
 *   must not update the same record itself
 * @returns the values before and after; undefined and null if there is no record
 * @throws HandleError `server_busy` (response code 3) if others keep changing the record until the timeout;
 *   `invalid_options` for an argument of the wrong type; whatever `decide` and the store throw
 * @example
 * ```ts
 * await updateRecord(store, handleKey("20.500.12345/abc"), (record) => [...(record?.values ?? []), value]);
 * ```
 */
export async function updateRecord(
  store: HandleStore,
  key: HandleKey,
  decide: (record: StoredRecord | undefined) => RecordValues | null | Promise<RecordValues | null>,
  options: UpdateRecordOptions = {},
): Promise<{ readonly before: RecordValues | undefined; readonly after: RecordValues | null }> {
  checkCall("updateRecord", store, ["read", "commit"], key);
  checkArgument("updateRecord", "decide", decide, ["function"]);
  checkOptions("updateRecord", options, { ...OPTIONS, audit: ["function", "undefined"] });
  const attempt = async () => {
    const record = await store.read(key);
    const before = record?.values;
    const after = await decide(record);
    if (after === (before ?? null)) return { before, after };
    if (after !== null && !Array.isArray(after)) {
      throw invalidOptions("updateRecord: decide returned neither an array of values nor null.");
    }
    const audit = options.audit?.(before, after ?? undefined);
    const outcome = await store.commit(key, record?.revision ?? "absent", after, audit);
    return outcome === "done" ? { before, after } : outcome;
  };
  return retry(store, key, attempt, options);
}

/**
 * Changes one state entry that contains JSON, as {@link updateRecord} changes a record.
 *
 * @param decide gets the content of the entry, or undefined if there is none, and returns the next content. It returns
 *   the same value that it was given to change nothing
 * @returns the content of the entry after the change
 * @throws HandleError `server_busy` (response code 3) if others keep changing the entry until the timeout;
 *   `invalid_options` for an argument of the wrong type; whatever `decide` and the store throw
 * @example
 * ```ts
 * await updateState<number>(state, "visits", (before = 0) => before + 1);
 * ```
 */
export async function updateState<T extends object | string | number | boolean>(
  state: StateStore,
  key: string,
  decide: (before: T | undefined) => T | Promise<T>,
  options: UpdateOptions = {},
): Promise<T> {
  checkCall("updateState", state, ["get", "put"], key);
  checkArgument("updateState", "decide", decide, ["function"]);
  checkOptions("updateState", options, OPTIONS);
  const attempt = async () => {
    const entry = await state.get(key);
    const before = entry && (JSON.parse(entry.value) as T);
    const after = await decide(before);
    if (after === undefined) throw invalidOptions("updateState: decide returned undefined.");
    if (after === before) return { after };
    const outcome = await state.put(key, JSON.stringify(after), entry?.revision ?? "absent");
    return outcome === "done" ? { after } : outcome;
  };
  return (await retry(state, key, attempt, options)).after;
}
