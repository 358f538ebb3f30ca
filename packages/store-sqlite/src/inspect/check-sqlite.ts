import { setImmediate as nextTurn } from "node:timers/promises";
import { checkOptions, isHandleError, quoteForMessage } from "@handlekit/core";
import type { AuditHead, AuditVerification } from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";
import { isBusy } from "../failure.ts";
import { textOf } from "../read/text-of.ts";
import { checkAudit } from "./check-audit.ts";
import { type CheckedRecords, type CheckRun, checkRecords, checkRemoved } from "./check-records.ts";
import { inspect } from "./inspect.ts";
import { createProblems, type Problems, type SqliteProblem } from "./problems.ts";

/** Options of {@link checkSqlite}. */
export interface SqliteCheckOptions {
  /** The path of the store. Another process may have it open. */
  readonly file: string;
  /** An earlier head of the audit, which must be in it. Default none. */
  readonly head?: AuditHead | undefined;
  /** Returns the reason why an entry of the state is damaged; undefined if it is not. Default every text is accepted. */
  readonly checkState?: ((key: string, value: string) => string | undefined) | undefined;
  /** Called with the number of records that were read, and of all of them. Default none. */
  readonly onProgress?: ((records: number, total: number) => void) | undefined;
  /** Ends the check, with its reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of {@link checkSqlite}. */
export interface SqliteCheck extends CheckedRecords {
  /** The number of entries of the state. */
  readonly state: number;
  /** The audit; undefined if it could not be read to its end. */
  readonly audit: AuditVerification | undefined;
  /** How many problems were found. */
  readonly found: number;
  /** At most the first 1000 problems. */
  readonly problems: readonly SqliteProblem[];
}

const PAGE = 500;
const MAX_LINES = 100;
const NOTHING: CheckedRecords = { records: 0, indexed: 0, waiting: 0, notHomed: [] };

/** The check of SQLite itself: each page, and that each index has what its table has. */
function checkPages(driver: SqlDriver, problems: Problems): void {
  const lines = driver.prepare(`PRAGMA integrity_check(${MAX_LINES})`).all([]);
  for (const [line] of lines) if (line !== "ok") problems.add("file", textOf(line));
}

async function checkState(
  driver: SqlDriver,
  { problems, signal }: CheckRun,
  reasonAgainst: NonNullable<SqliteCheckOptions["checkState"]>,
): Promise<number> {
  const page = driver.prepare(
    "SELECT revision, CAST(key AS BLOB), CAST(value AS BLOB) FROM state WHERE revision > ? ORDER BY revision LIMIT ?",
  );
  let count = 0;
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const rows = page.all([after, PAGE]);
    for (const [, key, value] of rows) {
      const reason = reasonAgainst(textOf(key), textOf(value));
      if (reason !== undefined) problems.add(`state ${quoteForMessage(textOf(key))}`, reason);
    }
    count += rows.length;
    if (rows.length < PAGE) return count;
    after = Number(rows.at(-1)?.[0]);
    await nextTurn();
  }
}

/**
 * Checks a store: the pages of the file, each record, that searches find it, that its last audit entry says what it is
 * now, the chain of the audit, and the state. Changes nothing. The store may be open, in this process or another one: what
 * is written meanwhile is no problem. Its memory does not grow with the store.
 *
 * @throws HandleError `invalid_options` for an option of the wrong type; `store_failed` when there is no store of this
 *   version at `file`, or another process has locked it; the reason of the signal. Damaged pages are problems in the
 *   result
 * @example
 * ```ts
 * const { records, problems } = await checkSqlite({ file: "/var/lib/hdl/handles.sqlite" });
 * for (const { where, reason } of problems) console.log(`${where}: ${reason}`);
 * ```
 */
export async function checkSqlite(options: SqliteCheckOptions): Promise<SqliteCheck> {
  checkOptions("checkSqlite", options, {
    file: ["string"],
    head: ["object", "undefined"],
    checkState: ["function", "undefined"],
    onProgress: ["function", "undefined"],
    signal: ["object", "undefined"],
  });
  const { head, onProgress, signal } = options;
  const problems = createProblems();

  /** Carries out a part of the check; what SQLite cannot read is a problem. */
  async function part<T>(work: () => Promise<T> | T): Promise<T | undefined> {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      if (isHandleError(error) || isBusy(error) || signal?.aborted) throw error;
      problems.add("file", error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  return inspect(options.file, "be checked", check, signal);

  async function check(driver: SqlDriver): Promise<SqliteCheck> {
    const countAll = () => Number(driver.prepare("SELECT count(*) FROM records").get([])?.[0]);
    const total = onProgress && (await part(countAll));
    const run: CheckRun = {
      problems,
      onProgress: (records) => onProgress?.(records, total ?? records),
      signal,
    };
    await part(() => checkPages(driver, problems));
    const records = await part(() => checkRecords(driver, run));
    await part(() => checkRemoved(driver, run));
    const state = await part(() => checkState(driver, run, options.checkState ?? (() => undefined)));
    const audit = await part(() => checkAudit(driver, problems, { head, signal }));
    return {
      ...(records ?? NOTHING),
      state: state ?? 0,
      audit,
      found: problems.count(),
      problems: problems.list(),
    };
  }
}
