import type { SqlDriver } from "../driver/driver.ts";

/** The most of a file that is mapped into memory, in bytes. */
export const MMAP_BYTES: number = 2 ** 31 - 65536;
/** Two changes within this time end the mapping, in milliseconds. */
const OFTEN = 100;
/** The file is mapped again when nothing has changed between two looks at it, this many milliseconds apart. */
const QUIET = 1000;

/** Whether the file of a connection is mapped into memory. */
export interface Mapping {
  /** Is told that the file was changed by another connection. */
  changed(): void;
  /** Is told before each read. */
  reading(): void;
}

/**
 * Creates the mapping of a connection that only reads: its file is mapped unless it changes often. SQLite gives up the
 * mapping at the first read after each change by another connection. To map the pages again takes longer then than to
 * read them, and interrupts the threads on the other processors.
 *
 * @param driver its file is mapped
 */
export function createMapping(driver: SqlDriver, now: () => number = () => performance.now()): Mapping {
  const version = driver.prepare("PRAGMA data_version");
  const changes = () => Number(version.get([])?.[0]);
  let isMapped = true;
  let changedAt = Number.NEGATIVE_INFINITY;
  /** When the file was looked at for the last time since the mapping ended, and how it was then. */
  let seenAt = 0;
  let seen = Number.NaN;

  return {
    changed() {
      if (!isMapped) return;
      const before = changedAt;
      changedAt = now();
      if (changedAt - before > OFTEN) return;
      // This does not touch the file, and so cannot fail after a write that has succeeded.
      driver.exec("PRAGMA mmap_size = 0");
      isMapped = false;
      seenAt = changedAt;
      seen = Number.NaN;
    },
    reading() {
      if (isMapped || now() - seenAt < QUIET) return;
      // The search index grows without a call of changed.
      const before = seen;
      seenAt = now();
      seen = changes();
      if (seen !== before) return;
      driver.exec(`PRAGMA mmap_size = ${MMAP_BYTES}`);
      isMapped = true;
    },
  };
}
