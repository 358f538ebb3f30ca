import { HandleError } from "@handlekit/core";
import type { SqlDriver } from "./driver/driver.ts";
import { createTransaction } from "./driver/transaction.ts";

/** "HDLK" in the header field in which SQLite files name the program that they belong to. */
const APPLICATION_ID = 0x48444c4b;
const VERSION = 1;
const BUSY_MS = 5000;
const MMAP_BYTES = 2 ** 30;

// With row ids: compared to WITHOUT ROWID, small records are read as fast and large ones twice as fast.
const SCHEMA = `
  CREATE TABLE records (key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
  CREATE TABLE prefixes (prefix TEXT NOT NULL PRIMARY KEY) STRICT;
  CREATE TABLE last_revision (value INTEGER NOT NULL) STRICT;
  INSERT INTO last_revision (value) VALUES (0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

function refuse(file: string, what: string, hint: string): never {
  throw new HandleError("store_failed", { message: `The file ${file} ${what}.`, hint });
}

/** Returns true for an empty file and false for a store of this version. Throws if it is neither. */
function isEmpty(driver: SqlDriver, file: string): boolean {
  const first = (sql: string) => driver.prepare(sql).get([])?.[0];
  const application = first("PRAGMA application_id");
  const version = Number(first("PRAGMA user_version"));
  if (application !== APPLICATION_ID) {
    if (application === 0 && version === 0 && first("SELECT count(*) FROM sqlite_schema") === 0) return true;
    refuse(file, "is the SQLite database of another program", "Give the store a file of its own.");
  }
  if (version !== VERSION) {
    refuse(
      file,
      `is a handle store of format ${version}, and this version of @handlekit/store-sqlite reads format ${VERSION}`,
      version > VERSION ? "Install the version that wrote it, or a newer one." : "Restore it from a backup.",
    );
  }
  return false;
}

/**
 * Configures a connection and creates the tables of the records in an empty file.
 *
 * @param file the name of the file for error messages, or `:memory:`
 * @throws HandleError `store_failed` when the file belongs to another program or a newer version; nothing is changed then
 * @throws the driver's errors
 */
export function prepareSchema(driver: SqlDriver, file: string): void {
  driver.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  const empty = isEmpty(driver, file);
  const mode = driver.prepare("PRAGMA journal_mode = WAL").get([])?.[0];
  if (mode !== "wal" && file !== ":memory:") {
    refuse(
      file,
      "cannot have a write-ahead log",
      "Put it on a local disk; network file systems lack what it needs.",
    );
  }
  driver.exec(`PRAGMA synchronous = FULL; PRAGMA mmap_size = ${MMAP_BYTES}`);
  if (!empty) return;
  createTransaction(driver)(() => {
    if (isEmpty(driver, file)) driver.exec(SCHEMA);
  });
}
