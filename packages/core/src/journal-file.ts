import { checkArgument } from "./check.ts";
import { HandleError, invalidOptions, isHandleError } from "./error.ts";
import { createGroupQueue } from "./group-queue.ts";
import { checkEntries, encodeEntry } from "./journal/entry.ts";
import { errorCode, type OpenFile, readChunks } from "./journal/file-bytes.ts";
import { createLineWriter } from "./journal/line-writer.ts";
import { formatLockHolder, type LockHolder, parseLockHolder } from "./journal/lock-name.ts";
import { readEntries } from "./journal/read-entries.ts";
import type { Journal } from "./journal.ts";
import { printable } from "./printable.ts";

export type { Journal, JournalEntry, JsonValue } from "./journal.ts";

/** A journal in a file. */
export interface JournalFile extends Journal {
  /** Resolves once all entries are durable and the file may be opened again. Later calls fail. */
  close(): Promise<void>;
}

const ACCESS = "Check that the directory exists and that this process may read and write there.";
const HINTS: Readonly<Record<string, string>> = {
  EACCES: ACCESS,
  EPERM: ACCESS,
  EROFS: ACCESS,
  ENOENT: "Create the directory first.",
  ENOSPC: "The disk is full; free some space on it, and open the journal again.",
};

/** The error for a failed system call. */
function failure(journal: string, what: string, cause: unknown): HandleError {
  if (isHandleError(cause)) return cause;
  const why = cause instanceof Error ? `: ${cause.message}` : ".";
  return new HandleError("store_failed", {
    message: `The journal ${journal} could not be ${what}${why}`,
    hint: HINTS[errorCode(cause) ?? ""],
    cause,
  });
}

/** Resolves to the start time of a process in clock ticks, empty if unknown, and "ended" for a zombie. */
async function startOf(pid: number): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

async function currentProcess(): Promise<LockHolder> {
  const { readFile } = await import("node:fs/promises");
  const { hostname } = await import("node:os");
  const { pid } = (await import("node:process")).default;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => "");
  return { host: hostname(), boot: boot.slice(0, 8), pid, start: await startOf(pid) };
}

/** Resolves to false if the holder of a lock has certainly ended. A process of another host may always run. */
async function mayRun(holder: LockHolder, current: LockHolder): Promise<boolean> {
  if (holder.host !== current.host) return true;
  if (holder.boot !== current.boot) return false;
  const start = await startOf(holder.pid);
  if (start !== "" && holder.start !== "") return start === holder.start;
  try {
    (await import("node:process")).default.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/**
 * Locks a file with an empty file beside it that is named after this process. Every process creates its own lock file
 * before it looks for those of others, so that of two processes at least one sees the other.
 *
 * @param journal the name of the journal for error messages
 * @returns a function that removes the lock
 * @throws HandleError `store_failed` if another process holds a lock; whatever the file system throws
 */
async function lock(file: string, journal: string): Promise<() => Promise<void>> {
  const { open, readdir, rm } = await import("node:fs/promises");
  const { basename, dirname, join } = await import("node:path");
  const current = await currentProcess();
  const prefix = `${basename(file)}.lock-`;
  const own = `${prefix}${formatLockHolder(current)}`;
  const path = (name: string) => join(dirname(file), name);
  const inUse = (by: string, name: string) =>
    new HandleError("store_failed", {
      message: `The journal ${journal} is in use by ${by}.`,
      hint: `Wait until it is closed. If no process uses it, remove the file ${name} beside it.`,
      retryable: true,
    });
  try {
    await (await open(path(own), "wx", 0o600)).close();
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    throw inUse("this process", own);
  }
  const unlock = () => rm(path(own), { force: true });
  try {
    for (const name of await readdir(dirname(file))) {
      const holder = name.startsWith(prefix) ? parseLockHolder(name.slice(prefix.length)) : undefined;
      if (holder === undefined || name === own) continue;
      if (await mayRun(holder, current)) {
        const by = `process ${holder.pid}${holder.host === current.host ? "" : ` of ${JSON.stringify(holder.host)}`}`;
        throw inUse(by, name);
      }
      await rm(path(name), { force: true });
    }
    return unlock;
  } catch (error) {
    await unlock();
    throw error;
  }
}

/**
 * Makes the names of new files in a directory durable. Does nothing where the system does not allow to open a
 * directory.
 */
export async function syncDirectory(path: string): Promise<void> {
  checkArgument("syncDirectory", "path", path, ["string"]);
  const { open } = await import("node:fs/promises");
  try {
    const directory = await open(path, "r");
    await directory.sync().finally(() => directory.close());
  } catch {
    // The content of the files is durable by itself.
  }
}

/**
 * Creates a journal in a file that is open and locked.
 *
 * @param name the name of the file for error messages
 * @param release closes the file and removes the lock
 */
async function createJournal(
  file: OpenFile,
  name: string,
  release: () => Promise<void>,
): Promise<JournalFile> {
  const damaged = (where: string, hint: string) =>
    new HandleError("store_failed", { message: `${where} of the journal ${name} is not an entry.`, hint });
  const writer = await createLineWriter(file, () =>
    damaged("The last line", "Check that the file is a journal. If it is, end the line or remove it."),
  );
  let writeFailure: HandleError | undefined;
  const queue = createGroupQueue(async (lines: readonly string[]): Promise<readonly undefined[]> => {
    // The content of the file is unknown after a failed write.
    if (writeFailure) throw writeFailure;
    try {
      await writer.write(lines.join(""));
      return [];
    } catch (error) {
      writeFailure = failure(name, "written", error);
      throw writeFailure;
    }
  });
  let closing: Promise<void> | undefined;
  const checkOpen = () => {
    if (closing) throw new HandleError("store_failed", { message: `The journal ${name} is closed.` });
  };

  async function* entries() {
    checkOpen();
    try {
      yield* readEntries(readChunks(file, 0, writer.end()), (line) =>
        damaged(`Line ${line}`, "The file is damaged, or it is not a journal; look at that line."),
      );
    } catch (error) {
      checkOpen();
      throw failure(name, "read", error);
    }
  }

  // Reads the first entry, so that a file that is not a journal is never written to.
  for await (const _ of entries()) break;
  return {
    entries,
    async append(given) {
      checkOpen();
      checkEntries(given);
      const lines = given.map((entry) => `${encodeEntry(entry)}\n`).join("");
      if (lines !== "") await queue.add(lines);
    },
    close() {
      closing ??= queue.idle().then(release);
      return closing;
    },
  };
}

/**
 * Opens a journal in a file of JSON lines. Creates the file, with mode 0600, if it does not exist. Appends that arrive
 * while others are being written share one sync to disk. A truncated last line, which a crash may leave, is ignored and
 * removed by the next append. The file is locked until it is closed or its process ends; a lock that a killed process of
 * this host left is removed.
 *
 * @param path the path of the file
 * @returns the journal. Its `entries()` reads what was durable when the iteration began, one line at a time, and throws
 *   `store_failed`, naming the file and the line, for a line that is not an entry. Its `append` rejects with
 *   `invalid_value` if an entry cannot be written as JSON, and with `store_failed` if the disk fails, then and at every
 *   later call
 * @throws HandleError `store_failed` if the file is in use (retryable), cannot be opened, or is not a journal;
 *   `invalid_options` if `path` is empty or not a string
 * @example
 * ```ts
 * const journal = await openJournalFile("import.journal");
 * for await (const entry of journal.entries()) console.log(entry.kind, entry.key);
 * await journal.append([{ kind: "intent", key: "1", at: new Date().toISOString() }]);
 * await journal.close();
 * ```
 */
export async function openJournalFile(path: string): Promise<JournalFile> {
  checkArgument("openJournalFile", "path", path, ["string"]);
  if (path === "") throw invalidOptions("openJournalFile: path is empty.");
  const { constants, open, realpath } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const name = printable(path, () => "?");
  const fail = (error: unknown): never => {
    throw failure(name, "opened", error);
  };
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600).catch(fail);
  let unlock = async () => {};
  const release = () => file.close().finally(unlock);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error("It is not a file.");
    const target = await realpath(path);
    unlock = await lock(target, name);
    if (status.size === 0) await syncDirectory(dirname(target));
    return await createJournal(file, name, release);
  } catch (error) {
    await release().catch(() => {});
    return fail(error);
  }
}
