import { HandleError, type HandleErrorCode, type HandleKey, handleKey, isHandleError } from "@handlekit/core";
import type { Journal } from "@handlekit/core/journal";
import type { Change } from "../change.ts";
import type { Writer } from "../write-record.ts";
import { type BulkOperation, operationDigest, runOperation } from "./operation.ts";
import { createPace } from "./pace.ts";
import { type ItemStatus, openProgress } from "./progress.ts";

/** How one item ended. */
export interface BulkOutcome {
  /** From 0, in the order of the operations. */
  readonly number: number;
  readonly operation: BulkOperation;
  /** "skipped" when an earlier run had done it. */
  readonly status: ItemStatus | "skipped";
  readonly change?: Change;
  /** For "failed" and "unknown". */
  readonly error?: HandleError;
}

/** The counts of a run; they add up to `total`. */
export interface BulkReport {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Nobody knows whether these were carried out: read the records. */
  readonly unknown: number;
  /** Done by an earlier run. */
  readonly skipped: number;
  /** True when the signal ended the run before all operations were taken. */
  readonly aborted: boolean;
}

/** How to run many writes. */
export interface BulkOptions {
  /** At most this many at a time; fewer while the server says that it is busy. Default 8. */
  readonly concurrency?: number;
  /** Ends the run: nothing new is begun, what is under way is aborted. */
  readonly signal?: AbortSignal;
  /** Told of each item as it ends, with the counts so far. */
  readonly onProgress?: (outcome: BulkOutcome, report: BulkReport) => void;
  /** Where intents and outcomes are kept, so that the same call can be made again after a crash. */
  readonly journal?: Journal;
}

/**
 * Carries out many writes, some at a time, in constant memory; those on one handle one after the other, in their order.
 *
 * @throws HandleError `invalid_options` when an item is not the one the journal has; whatever the operations or the
 *   journal throw. What was under way then is finished first.
 */
export type Bulk = (
  operations: Iterable<BulkOperation> | AsyncIterable<BulkOperation>,
  options?: BulkOptions,
) => Promise<BulkReport>;

const TRIES = 4;

/** Errors that tell that an operation in doubt was not carried out; after any other nobody knows. */
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

/** Makes the bulk writes of a client. */
export function createBulk(writer: Writer): Bulk {
  return async (operations, { concurrency = 8, signal, onProgress, journal } = {}) => {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new HandleError("invalid_options", { message: "concurrency is not a whole number over 0." });
    }
    const progress = await openProgress(journal, () => new Date());
    const pace = createPace(concurrency);
    let aborted = false;
    // One signal for all would get more listeners than Node likes.
    const underWay = new Set<AbortController>();
    const abort = () => {
      aborted = true;
      for (const item of underWay) item.abort();
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    const counts = { total: 0, done: 0, failed: 0, unknown: 0, skipped: 0 };
    const tell = (outcome: BulkOutcome) => {
      counts[outcome.status]++;
      onProgress?.(outcome, { ...counts, aborted });
    };

    /** One operation; what the server was too busy for, or has not answered, is tried again. */
    const finish = async (operation: BulkOperation, begun: boolean): Promise<ItemEnd> => {
      const item = new AbortController();
      underWay.add(item);
      if (aborted) item.abort();
      const hints = { signal: item.signal, onBusy: pace.busy };
      let maybeDone = begun;
      try {
        for (let tries = 1; ; tries++) {
          try {
            return { status: "done", change: await runOperation(writer, operation, { ...hints, maybeDone }) };
          } catch (error) {
            if (!isHandleError(error)) throw error;
            const unanswered = error.code === "outcome_unknown" || error.code === "aborted";
            maybeDone ||= unanswered;
            const again = unanswered || error.code === "server_busy";
            if (again && tries < TRIES && !aborted) continue;
            // After it was carried out, a change that adds twice of a type does not fit the record any more.
            const settled = SETTLING.has(error.code) && !(begun && error.code === "invalid_value");
            return { status: maybeDone && !settled ? "unknown" : "failed", error };
          }
        }
      } finally {
        underWay.delete(item);
      }
    };

    const runItem = async (number: number, operation: BulkOperation): Promise<void> => {
      const digest = await operationDigest(operation);
      const earlier = progress.earlier(number, digest);
      if (earlier.state === "done") return tell({ number, operation, status: "skipped" });
      await progress.begin(number, digest);
      const end = await finish(operation, earlier.state === "begun");
      await progress.end(number, digest, end.status, end.error?.code);
      if (end.status === "done") pace.succeeded();
      tell({ number, operation, ...end });
    };

    const running = new Set<Promise<void>>();
    const lastOf = new Map<HandleKey, Promise<void>>();
    let broken: { readonly error: unknown } | undefined;
    const start = (number: number, operation: BulkOperation) => {
      const key = handleKey(operation.handle);
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
  };
}
