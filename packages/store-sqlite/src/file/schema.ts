import { HandleError } from "@handlekit/core";
import type { SqlDriver } from "../driver/driver.ts";
import { createTransaction } from "../driver/transaction.ts";
import { MMAP_BYTES } from "./mapping.ts";

/** "HDLK" in the header field in which SQLite files name the program that they belong to. */
const APPLICATION_ID = 0x48444c4b;
const VERSION = 3;
/** For a reader, which waits in the thread of its caller, and for the writer, which waits in one of its own. */
const READER_BUSY_MS = 20;
const WRITER_BUSY_MS = 1000;
/** The pages of the log (16 MiB) after which SQLite moves it into the file: pages that changed several times count once. */
const CHECKPOINT_PAGES = 4096;
/** The memory of a reader for pages that are not mapped: those in the log, and all while the file is not mapped. In KiB. */
const READER_CACHE = 8192;

// With row ids: compared to WITHOUT ROWID, small records are read as fast and large ones twice as fast.
// The row id of a record is the revision with which it was created, or less in files of format 1: new records have the
// greatest, and search_progress is the last that is in the search index.
// AUTOINCREMENT never reuses a revision of the state, not even after a deletion.
const FORMAT_2 = `
  CREATE TABLE IF NOT EXISTS records (
    key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, record BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS prefixes (prefix TEXT NOT NULL PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS last_revision (value INTEGER NOT NULL) STRICT;
  INSERT INTO last_revision (value) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM last_revision);
  CREATE TABLE IF NOT EXISTS state (
    revision INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sequences (name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT;
  CREATE TABLE search (term BLOB NOT NULL, key TEXT NOT NULL, PRIMARY KEY (term, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE search_progress (indexed INTEGER NOT NULL) STRICT;
  INSERT INTO search_progress (indexed) VALUES (0);
`;

// A record has the number of its last audit entry, and each entry that of the one before of its record, in place of an
// index by key, which would write one more page in each commit.
const FORMAT_3 = `
  ALTER TABLE records ADD COLUMN audit INTEGER;
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY, before INTEGER, time INTEGER NOT NULL, entry TEXT NOT NULL, previous BLOB NOT NULL,
    digest BLOB NOT NULL
  ) STRICT;
  CREATE TABLE audit_removed (key TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

function refuse(file: string, what: string, hint: string): never {
  throw new HandleError("store_failed", { message: `The file ${file} ${what}.`, hint });
}

/** Returns the format of a store, 0 for an empty file. Throws if it is neither. */
function formatOf(driver: SqlDriver, file: string): number {
  const first = (sql: string) => driver.prepare(sql).get([])?.[0];
  const application = first("PRAGMA application_id");
  const version = Number(first("PRAGMA user_version"));
  if (application !== APPLICATION_ID) {
    if (application === 0 && version === 0 && first("SELECT count(*) FROM sqlite_schema") === 0) return 0;
    refuse(file, "is the SQLite database of another program", "Give the store a file of its own.");
  }
  if (version > VERSION || version < 1) {
    refuse(
      file,
      `is a handle store of format ${version}, and this version of @handlekit/store-sqlite reads up to format ${VERSION}`,
      version > VERSION ? "Install the version that wrote it, or a newer one." : "Restore it from a backup.",
    );
  }
  return version;
}

/**
 * Configures the connection that writes, creates the tables in an empty file, and brings a file of an older format to
 * this one.
 *
 * @param file the name of the file for error messages, or `:memory:`
 * @throws HandleError `store_failed` when the file belongs to another program or a newer version; nothing is changed then
 * @throws the driver's errors
 */
export function prepareSchema(driver: SqlDriver, file: string): void {
  driver.exec(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`);
  const format = formatOf(driver, file);
  const mode = driver.prepare("PRAGMA journal_mode = WAL").get([])?.[0];
  if (mode !== "wal" && file !== ":memory:") {
    refuse(
      file,
      "cannot have a write-ahead log",
      "Put it on a local disk; network file systems lack what it needs.",
    );
  }
  driver.exec(
    `PRAGMA synchronous = FULL; PRAGMA mmap_size = ${MMAP_BYTES}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  );
  createTransaction(driver)(() => {
    // A file that can only be read is found now, and not at the first change of a record.
    if (format < 2) driver.exec(FORMAT_2);
    if (format < 3) driver.exec(FORMAT_3);
    else driver.exec("UPDATE last_revision SET value = value");
  });
}

/**
 * Configures a connection on a store that another process may have open, to copy or to check it. Nothing is changed.
 *
 * @throws HandleError `store_failed` when the file belongs to another program, or has not the format of this version
 * @throws the driver's errors
 */
export function prepareInspection(driver: SqlDriver, file: string): void {
  driver.exec(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`);
  const format = formatOf(driver, file);
  if (format === VERSION) return;
  refuse(
    file,
    format === 0 ? "is empty" : `is a handle store of the older format ${format}`,
    format === 0
      ? "Restore it from a backup."
      : "Start its server once: it brings the file to the present one.",
  );
}

/** Configures a connection that only reads. The schema is prepared. */
export function prepareReader(driver: SqlDriver): void {
  driver.exec(
    `PRAGMA busy_timeout = ${READER_BUSY_MS}; PRAGMA mmap_size = ${MMAP_BYTES}; PRAGMA cache_size = -${READER_CACHE}; PRAGMA query_only = ON`,
  );
}
