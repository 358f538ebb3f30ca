import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { HandleError } from "@handlekit/core";
import type { SqlDriver } from "../driver/driver.ts";
import { openDriver } from "../driver/open-driver.ts";
import { isBusy, isDamaged } from "../failure.ts";
import { textOf } from "../read/text-of.ts";
import { createFile } from "./open-file.ts";

const BUSY_MS = 200;
const MAX_ROUNDS = 10;

/** Resolves to the text that names the holder of a lock, as far as it can be read. */
function holderOf(driver: SqlDriver): string {
  try {
    const [pid, host, since] = driver.prepare("SELECT pid, host, since FROM holder").get([]) ?? [];
    if (Number(pid) === process.pid && textOf(host) === hostname()) return "this process";
    const where = textOf(host) === hostname() ? "" : ` of ${JSON.stringify(textOf(host))}`;
    return `process ${Number(pid)}${where} since ${textOf(since)}`;
  } catch {
    return "another process";
  }
}

/** Begins a transaction that holds the lock. Returns false if another connection holds it. */
function begin(driver: SqlDriver): boolean {
  try {
    // Not prepared: libsql would keep what the failed statement has locked until that is garbage.
    driver.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    // Errors of Deno's exec lack the result code of SQLite.
    if (isBusy(error) || (error instanceof Error && /database is locked/.test(error.message))) return false;
    throw error;
  }
}

/**
 * Takes the lock of a store, so that one process at a time opens it. The lock is the write lock of a small SQLite
 * database beside the store, `FILE.lock`, in which the name of the holder can be read: the operating system releases it
 * when the process ends, however it ends.
 *
 * @param file the absolute path of the store
 * @returns a function that releases the lock. The file stays: removing it would allow two holders
 * @throws HandleError `store_failed`, `retryable`, if another connection holds the lock; the message names its process
 * @throws the errors of the system and of the driver
 */
export async function lockFile(file: string): Promise<() => void> {
  const path = `${file}.lock`;
  try {
    return await lock(file, path);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    // As a loss of power may leave it; no process holds it then.
    rmSync(path);
    return await lock(file, path);
  }
}

async function lock(file: string, path: string): Promise<() => void> {
  createFile(path);
  const driver = await openDriver(path);
  try {
    // The name need not survive a loss of power: no process that it could be the name of would.
    driver.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA synchronous = OFF`);
    const mark = randomBytes(8).toString("hex");
    for (let round = 0; round < MAX_ROUNDS && begin(driver); round++) {
      driver.exec("CREATE TABLE IF NOT EXISTS holder (mark TEXT, pid INTEGER, host TEXT, since TEXT) STRICT");
      const known = driver.prepare("SELECT CAST(mark AS BLOB) FROM holder").get([]);
      // The name is here, and nobody else can change it now.
      if (known !== undefined && textOf(known[0]) === mark) {
        return () => {
          try {
            driver.exec("ROLLBACK");
          } finally {
            driver.close();
          }
        };
      }
      driver.exec("DELETE FROM holder");
      driver
        .prepare("INSERT INTO holder VALUES (?, ?, ?, ?)")
        .run([mark, process.pid, hostname(), new Date().toISOString()]);
      // Others can read the name only once it is committed, which releases the lock: it is taken again above.
      driver.exec("COMMIT");
    }
    throw new HandleError("store_failed", {
      message: `The store ${file} is in use by ${holderOf(driver)}.`,
      hint: "One process at a time can open a store. Stop the other one first, or ask the server that it is.",
      retryable: true,
    });
  } catch (error) {
    driver.close();
    throw error;
  }
}
