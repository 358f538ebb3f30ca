import { createHash } from "node:crypto";
import type { HandleKey } from "@handlekit/core";
import {
  type AuditEntry,
  type AuditTrail,
  auditDigestInput,
  type ChainedEntry,
  formatAuditEntry,
  retentionEntry,
} from "@handlekit/core/store";

/** With more entries, the older half is removed: the memory of a process ends. */
const MAX_ENTRIES = 20_000;

/** The audit of a store in memory, and the function that adds to it. */
export interface MemoryAudit {
  readonly trail: AuditTrail;
  /** Adds the entry of a change of a record. */
  append(entry: AuditEntry, key?: HandleKey): void;
}

/**
 * Creates an audit in memory, which keeps the newest entries.
 *
 * @param assertOpen throws if the store is closed
 */
export function createMemoryAudit(assertOpen: () => void): MemoryAudit {
  let chain: (ChainedEntry & { readonly key: HandleKey | undefined })[] = [];
  const head = () => ({ count: chain.at(-1)?.number ?? 0, digest: chain.at(-1)?.digest ?? "" });

  function add(entry: AuditEntry, key?: HandleKey): void {
    const { count, digest: previous } = head();
    const number = count + 1;
    const input = auditDigestInput(number, previous, formatAuditEntry(entry));
    const digest = createHash("sha256").update(input).digest("hex");
    chain.push({ entry, number, digest, previous, key });
  }

  /** Removes the entries before the one at a position. */
  function removeTo(position: number): void {
    const last = chain[position - 1];
    if (last === undefined) return;
    add(retentionEntry(new Date(), { count: last.number, digest: last.digest }));
    chain = chain.slice(position);
  }

  function append(entry: AuditEntry, key?: HandleKey): void {
    add(entry, key);
    if (chain.length > MAX_ENTRIES) removeTo(MAX_ENTRIES / 2);
  }

  return {
    append,
    trail: {
      async read({ after = 0, limit }) {
        assertOpen();
        return chain.filter(({ number }) => number > after).slice(0, limit);
      },
      async history({ key, before = Number.POSITIVE_INFINITY, limit }) {
        assertOpen();
        return chain
          .filter((each) => each.key === key && each.number < before)
          .reverse()
          .slice(0, limit);
      },
      async head() {
        assertOpen();
        return head();
      },
      async add(entry) {
        assertOpen();
        append(entry);
      },
      async removeBefore(time) {
        assertOpen();
        const kept = chain.findIndex(({ entry }, i) => entry.time >= time || i === chain.length - 1);
        const removed = Math.max(kept, 0);
        removeTo(removed);
        return { removed, more: false };
      },
    },
  };
}
