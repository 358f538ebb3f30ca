import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";

/** The path of a store, absolute, or `:memory:`. */
export function absolutePath(path: string): string {
  // libsql takes a URL for the address of a database in the network; an absolute path cannot be a URL.
  return path === ":memory:" ? path : resolve(path);
}

/**
 * Creates an empty file that only its owner may read and write; SQLite gives its -wal and -shm files the same mode.
 * A file that exists is not even opened: closing it would drop the locks of another connection in this process.
 */
export function createFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
