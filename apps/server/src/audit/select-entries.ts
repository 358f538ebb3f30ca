import { type HandleKey, matchesReference, type ValueReference } from "@handlekit/core";
import type { AuditEntry, AuditTrail, ChainedEntry } from "@handlekit/core/store";

/** The entries that are to be shown. */
export interface Selection {
  readonly key?: HandleKey | undefined;
  /** With index 0: any key of the handle. */
  readonly identity?: ValueReference | undefined;
  readonly operation?: string | undefined;
  /** Entries of this time or later. */
  readonly since?: Date | undefined;
  /** Entries before this time. */
  readonly until?: Date | undefined;
  /** The maximum number of entries. */
  readonly limit: number;
}

const PAGE = 100;

/** Reads pages of entries, the newest first: of one record, or of the whole audit. */
async function* newestFirst(
  audit: AuditTrail,
  key: HandleKey | undefined,
): AsyncGenerator<readonly ChainedEntry[]> {
  if (key !== undefined) {
    for (let before: number | undefined; ; ) {
      const page = await audit.history({ key, before, limit: PAGE });
      if (page.length === 0) return;
      yield page;
      before = page.at(-1)?.number;
    }
  }
  for (let { count: end } = await audit.head(); end > 0; end -= PAGE) {
    const after = Math.max(0, end - PAGE);
    const page = await audit.read({ after, limit: end - after });
    if (page.length === 0) return;
    yield page.filter(({ number }) => number <= end).reverse();
  }
}

function isSelected(entry: AuditEntry, { identity, operation, since, until }: Selection): boolean {
  if (operation !== undefined && entry.operation !== operation) return false;
  if (since !== undefined && entry.time < since) return false;
  if (until !== undefined && entry.time >= until) return false;
  if (identity === undefined) return true;
  return entry.identity !== undefined && matchesReference(identity, entry.identity);
}

/** Resolves to the last entries of a selection, the oldest first. */
export async function selectEntries(
  audit: AuditTrail,
  selection: Selection,
  signal: AbortSignal,
): Promise<readonly ChainedEntry[]> {
  const { key, since, limit } = selection;
  const found: ChainedEntry[] = [];
  for await (const page of newestFirst(audit, key)) {
    signal.throwIfAborted();
    found.push(...page.filter(({ entry }) => isSelected(entry, selection)));
    if (found.length >= limit) break;
    // Single entries may be out of order, when the clock was set.
    if (since !== undefined && page.every(({ entry }) => entry.time < since)) break;
  }
  return found.slice(0, limit).reverse();
}
