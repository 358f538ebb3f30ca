import { clearTimeout, setTimeout } from "node:timers";
import type { SqlDriver } from "../driver/driver.ts";

/** The most of a file that is mapped into memory, in bytes. */
export const MMAP_BYTES: number = 2 ** 31 - 65536;
/** Two changes within this time end the mapping, in milliseconds. */
const OFTEN = 100;
/** The time without a change after which the file is mapped again, in milliseconds. */
const QUIET = 1000;

/** Whether the file of a connection is mapped into memory. */
export interface Mapping {
  /** Is told that another connection has changed the file. */
  changed(): void;
  /** To be called before the connection is closed. */
  stop(): void;
}

/**
 * Creates the mapping of a connection that only reads: its file is mapped unless it changes often. SQLite gives up the
 * mapping at the first read after each change by another connection. To map the pages again takes longer then than to
 * read them, and interrupts the threads on the other processors.
 *
 * @param driver its file is mapped
 */
export function createMapping(driver: SqlDriver): Mapping {
  let changedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const map = () => {
    timer = undefined;
    driver.exec(`PRAGMA mmap_size = ${MMAP_BYTES}`);
  };
  return {
    changed() {
      const before = changedAt;
      changedAt = performance.now();
      if (timer !== undefined) return void timer.refresh();
      if (changedAt - before > OFTEN) return;
      driver.exec("PRAGMA mmap_size = 0");
      timer = setTimeout(map, QUIET).unref();
    },
    stop: () => clearTimeout(timer),
  };
}
