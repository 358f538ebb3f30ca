import {
  type HandleError,
  type HandleErrorCode,
  type HandleKey,
  handleKey,
  invalidOptions,
  isHandleError,
} from "@handlekit/core";
import type { Journal } from "@handlekit/core/journal";
import {
  checkCallOptions,
  checkCount,
  checkIterable,
  FUNCTION,
  NUMBER,
  OBJECT,
  refuseOptions,
} from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import type { ClientContext } from "../context.ts";
import type { Change } from "../writing/change.ts";
import { type BulkOperation, operationDigest, type RunOptions, runOperation } from "./operation.ts";
import { createPace } from "./pace.ts";
import { type ItemStatus, openProgress } from "./progress.ts";

/** The outcome of one item. */
export interface BulkOutcome {
  /** From 0, in the order of the operations. */
  readonly number: number;
  readonly operation: BulkOperation;
  /** "skipped" if an earlier run had carried it out. */
  readonly status: ItemStatus | "skipped";
  /** Present for "done". */
  readonly change?: Change | undefined;
  /** Present for "failed" and "unknown". */
  readonly error?: HandleError | undefined;
}

/** The counts of a run; they add up to `total`. */
export interface BulkReport {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Items of which it is not known whether they were carried out: read their records. */
  readonly unknown: number;
  /** Items that an earlier run had carried out. */
  readonly skipped: number;
  /** True if the signal ended the run before all operations were taken. */
  readonly aborted: boolean;
}

/** Options of a bulk run. Its `signal` starts no more items and aborts the running ones. */
export interface BulkOptions extends CallOptions {
  /** The largest number of items at the same time; fewer while the server is busy. Default 8. */
  readonly concurrency?: number | undefined;
  /** Called with each outcome, and the counts so far. */
  readonly onProgress?: ((outcome: BulkOutcome, report: BulkReport) => void) | undefined;
  /** Keeps intents and outcomes, so that the same call can be repeated after a crash. */
  readonly journal?: Journal | undefined;
}

const TRIES = 4;

/** Errors that say that an operation in doubt was not carried out; after any other it is unknown. */
const SETTLING: ReadonlySet<HandleErrorCode> = new Set([
  "invalid_handle",
  "invalid_value",
  "invalid_options",
  "permission_denied",
  "handle_not_found",
  "handle_exists",
  "values_not_found",
  "value_exists",
  "prefix_not_served",
  "too_large",
  "not_supported",
]);

type ItemEnd = Pick<BulkOutcome, "change" | "error"> & { readonly status: ItemStatus };

function checkBulk(operations: unknown, options: BulkOptions): void {
  checkIterable("bulk", "operations", operations);
  checkCallOptions("bulk", options, { concurrency: NUMBER, onProgress: FUNCTION, journal: OBJECT });
  refuseOptions("bulk", options, "dryRun", "ifUnchanged", "overwrite");
  checkCount("bulk", "the option concurrency", options.concurrency, 1);
  const { journal } = options;
  if (journal === undefined) return;
  if (typeof journal.append === "function" && typeof journal.entries === "function") return;
  throw invalidOptions(
    "bulk: the option journal is not a journal.",
    "Open one with openJournalFile of @handlekit/core/journal-file, and await it.",
  );
}

/** Carries out one operation, and tries again if the server is busy or does not answer. */
async function carryOut(
  context: ClientContext,
  operation: BulkOperation,
  begun: boolean,
  how: Omit<RunOptions, "maybeDone">,
): Promise<ItemEnd> {
  let maybeDone = begun;
  let limited = false;
  const onBusy = (isLimited: boolean) => {
    limited ||= isLimited;
    how.onBusy(isLimited);
  };
  for (let tries = 1; ; tries++) {
    try {
      return {
        status: "done",
        change: await runOperation(context, operation, { ...how, onBusy, maybeDone }),
      };
    } catch (error) {
      if (!isHandleError(error)) throw error;
      const unanswered = error.code === "outcome_unknown" || error.code === "aborted";
      maybeDone ||= unanswered;
      // A server that refuses requests for longer than the transport waits is not asked again at once.
      const again = unanswered || (error.code === "server_busy" && !limited);
      if (again && tries < TRIES && !how.signal.aborted) continue;
      // If it was carried out, a change that adds two values of a type no longer fits the record.
      const settled = SETTLING.has(error.code) && !(begun && error.code === "invalid_value");
      return { status: maybeDone && !settled ? "unknown" : "failed", error };
    }
  }
}

/** Carries out many writes; see `HandleClient.bulk`. */
export async function runBulk(
  context: ClientContext,
  operations: Iterable<BulkOperation> | AsyncIterable<BulkOperation>,
  options: BulkOptions = {},
): Promise<BulkReport> {
  checkBulk(operations, options);
  const { concurrency = 8, signal, onProgress, journal } = options;
  const progress = await openProgress(journal, () => new Date());
  const pace = createPace(concurrency);
  let aborted = false;
  // With one signal for all items, Node would warn of too many listeners.
  const controllers = new Set<AbortController>();
  const abort = () => {
    aborted = true;
    for (const item of controllers) item.abort();
  };
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  const counts = { total: 0, done: 0, failed: 0, unknown: 0, skipped: 0 };
  const report = (outcome: BulkOutcome) => {
    counts[outcome.status]++;
    onProgress?.(outcome, { ...counts, aborted });
  };

  const runItem = async (number: number, operation: BulkOperation): Promise<void> => {
    const digest = await operationDigest(operation);
    const earlier = progress.earlier(number, digest);
    if (earlier.state === "done") return report({ number, operation, status: "skipped" });
    await progress.begin(number, digest);
    const item = new AbortController();
    controllers.add(item);
    if (aborted) item.abort();
    const begun = earlier.state === "begun";
    const how = { signal: item.signal, onBusy: pace.busy };
    const end = await carryOut(context, operation, begun, how).finally(() => controllers.delete(item));
    await progress.end(number, digest, end.status, end.error?.code);
    if (end.status === "done") pace.succeeded();
    report({ number, operation, ...end });
  };

  const running = new Set<Promise<void>>();
  const lastOf = new Map<HandleKey, Promise<void>>();
  let broken: { readonly error: unknown } | undefined;
  const start = (number: number, operation: BulkOperation) => {
    // Operations of plain JavaScript may be anything; those without a handle fail one by one.
    const handle: unknown = operation?.handle;
    const key = handleKey(typeof handle === "string" ? handle : "");
    const item: Promise<void> = (lastOf.get(key) ?? Promise.resolve())
      .then(() => (broken ? undefined : runItem(number, operation)))
      .catch((error: unknown) => {
        broken ??= { error };
      })
      .finally(() => {
        running.delete(item);
        if (lastOf.get(key) === item) lastOf.delete(key);
      });
    running.add(item);
    lastOf.set(key, item);
  };
  try {
    for await (const operation of operations) {
      if (aborted || broken) break;
      start(counts.total++, operation);
      while (running.size >= pace.limit) await Promise.race(running);
    }
  } catch (error) {
    broken ??= { error };
  } finally {
    await Promise.all(running);
    signal?.removeEventListener("abort", abort);
  }
  if (broken) throw broken.error;
  return { ...counts, aborted };
}
