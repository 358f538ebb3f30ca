import { quoteForMessage } from "@handlekit/core";
import { type AuditHead, type AuditTrail, type StateStore, verifyAudit } from "@handlekit/core/store";
import { readEntries } from "../audit/read-entries.ts";
import { loadPackage, openDatabase, readDatabasePassword } from "../open-database.ts";
import type { Settings } from "../settings.ts";
import { sha256 } from "../transfer/sha256.ts";
import { type DatabaseCheck, reasonAgainstState } from "./check.ts";

/** Options of {@link checkDatabase}. */
export interface DatabaseCheckOptions {
  /** An earlier head of the audit, which must be in it. */
  readonly head: AuditHead | undefined;
  readonly signal: AbortSignal;
  /** Called with the numbers of records and of values that were read, and about how many values there are. */
  readonly onProgress: ((records: number, values: number, total: number) => void) | undefined;
}

const PAGE = 500;
const MAX_LISTED = 1000;

type OnProblem = (where: string, reason: string) => void;

async function checkState(state: StateStore, signal: AbortSignal, onProblem: OnProblem): Promise<number> {
  let count = 0;
  for (let after: string | undefined; ; ) {
    signal.throwIfAborted();
    const entries = await state.scan("", after, PAGE);
    for (const [key, { value }] of entries) {
      const reason = reasonAgainstState(key, value);
      if (reason !== undefined) onProblem(`state ${quoteForMessage(key)}`, reason);
    }
    count += entries.length;
    if (entries.length < PAGE) return count;
    after = entries.at(-1)?.[0];
  }
}

async function checkAudit(
  audit: AuditTrail | undefined,
  { head, signal }: DatabaseCheckOptions,
  onProblem: OnProblem,
): Promise<DatabaseCheck["audit"]> {
  if (audit === undefined) return undefined;
  const unreadable = (number: number) => onProblem(`audit entry ${number}`, "it cannot be read");
  const result = await verifyAudit(readEntries(audit, signal, unreadable), { head, sha256 });
  for (const { number, reason } of result.problems) onProblem(`audit entry ${number}`, reason);
  return result;
}

/**
 * Checks the database of a data directory, which may be in use: each row of its records, the chain of the audit, and the
 * state. Whether a record is as its last audit entry says is not compared, because a Handle.Net, or an import, changes
 * records without one.
 *
 * @throws HandleError `invalid_options`, `store_failed` if the database cannot be used; the reason of the signal
 */
export async function checkDatabase(
  directory: string,
  settings: Settings,
  options: DatabaseCheckOptions,
): Promise<DatabaseCheck> {
  const { signal, onProgress } = options;
  const problems: { where: string; reason: string }[] = [];
  let found = 0;
  const onProblem: OnProblem = (where, reason) => {
    if (found++ < MAX_LISTED) problems.push({ where, reason });
  };
  // The server warns of a password that others can read.
  const warn = () => undefined;
  const { checkPostgres } = await loadPackage();
  const password = await readDatabasePassword(directory, settings, warn);
  const connectionString = settings.store;
  const records = await checkPostgres({ connectionString, password, onProblem, onProgress, signal });
  const { store, state, close } = await openDatabase(directory, settings, { cacheBytes: 0, warn });
  try {
    const entries = await checkState(state, signal, onProblem);
    const audit = await checkAudit(store.audit, options, onProblem);
    return { ...records, state: entries, audit, found, problems };
  } finally {
    await close();
  }
}
