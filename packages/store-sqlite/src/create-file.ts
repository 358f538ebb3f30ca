import { closeSync, openSync } from "node:fs";

/**
 * Makes an empty file that only its owner may read and write; SQLite gives its -wal and -shm the same mode.
 * A file that exists is left alone, unopened: closing it would drop the locks of another connection in this process.
 */
export function createFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
