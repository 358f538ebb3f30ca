import type { Logger } from "@handlekit/core";
import type { AuditHead, AuditTrail } from "@handlekit/core/store";
import { formatHead } from "./format-head.ts";

/** Options of {@link watchAudit}. */
export interface WatchOptions {
  /** The days for which entries are kept; 0 for all entries. */
  readonly auditDays: number;
  readonly log: Logger;
  /** Returns milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** Removes the entries that are older than a time, in steps, between which others can write. */
async function removeOld(audit: AuditTrail, before: Date, goOn: () => boolean): Promise<number> {
  let removed = 0;
  while (goOn()) {
    const step = await audit.removeBefore(before);
    removed += step.removed;
    if (!step.more) break;
  }
  return removed;
}

/**
 * Logs the head of the audit, now, every hour in which it has changed, and at the end: with a log that is kept elsewhere
 * an end that was cut off is found. Removes old entries, now and every day.
 *
 * @returns a function that ends it. Call it before the store is closed
 */
export async function watchAudit(
  audit: AuditTrail | undefined,
  { auditDays, log, now = Date.now }: WatchOptions,
): Promise<() => Promise<void>> {
  if (audit === undefined) return async () => undefined;
  const trail = audit;
  let known: AuditHead | undefined;
  let isStopped = false;

  async function logHead(always: boolean): Promise<void> {
    try {
      const head = await trail.head();
      if (!always && head.digest === known?.digest) return;
      known = head;
      log.info("head of the audit, for hdl-server audit verify --head", {
        head: formatHead(head),
      });
    } catch (error) {
      log.warn("the head of the audit could not be read", { error });
    }
  }

  async function retain(): Promise<void> {
    if (auditDays === 0) return;
    const before = new Date(now() - auditDays * DAY);
    try {
      const removed = await removeOld(trail, before, () => !isStopped);
      if (removed > 0) log.info("old audit entries were removed", { removed, before: before.toISOString() });
    } catch (error) {
      log.warn("old audit entries could not be removed; it is tried again in a day", { error });
    }
  }

  await logHead(true);
  let removing = retain();
  const timers = [
    setInterval(() => void logHead(false), HOUR),
    setInterval(() => {
      removing = removing.then(retain);
    }, DAY),
  ];
  for (const timer of timers) timer.unref();
  return async () => {
    isStopped = true;
    for (const timer of timers) clearInterval(timer);
    await removing;
    await logHead(true);
  };
}
