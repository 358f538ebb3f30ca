import { HandleError, isHandleError } from "./error.ts";
import { encodeEntry } from "./journal/entry.ts";
import { type OpenFile, readChunks } from "./journal/file-bytes.ts";
import { createGroupQueue } from "./journal/group-queue.ts";
import { createLineWriter } from "./journal/line-writer.ts";
import { formatLockHolder, type LockHolder, parseLockHolder } from "./journal/lock-name.ts";
import { readEntries } from "./journal/read-entries.ts";
import type { Journal } from "./journal.ts";

export type { Journal, JournalEntry, JsonValue } from "./journal.ts";

/** A journal in a file. */
export interface JournalFile extends Journal {
  /** Ends when what was appended is durable, and the file may be opened again. Later calls fail. */
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

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** The error for something that the system refused. */
function failure(journal: string, what: string, cause: unknown): HandleError {
  if (isHandleError(cause)) return cause;
  const code = codeOf(cause) ?? "";
  const why = cause instanceof Error ? `: ${cause.message}` : ".";
  return new HandleError("store_failed", {
    message: `The journal ${journal} could not be ${what}${why}`,
    hint: HINTS[code],
    cause,
  });
}

/** When a process began, in ticks of the system; empty when it does not tell, "ended" for one not yet reaped. */
async function startOf(pid: number): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

async function thisProcess(): Promise<LockHolder> {
  const { readFile } = await import("node:fs/promises");
  const { hostname } = await import("node:os");
  const { pid } = (await import("node:process")).default;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => "");
  return { host: hostname(), boot: boot.slice(0, 8), pid, start: await startOf(pid) };
}

/** Whether the holder of a lock may still run. Of another host nobody knows. */
async function mayRun(holder: LockHolder, me: LockHolder): Promise<boolean> {
  if (holder.host !== me.host) return true;
  if (holder.boot !== me.boot) return false;
  const start = await startOf(holder.pid);
  if (start !== "" && holder.start !== "") return start === holder.start;
  try {
    (await import("node:process")).default.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

/**
 * Locks a file by an empty one beside it that is named after this process. Every process makes its own before it looks
 * for those of others, so that of two at least one sees the other; no lock is ever taken from somebody.
 *
 * @returns what removes the lock
 */
async function lock(file: string, journal: string): Promise<() => Promise<void>> {
  const { open, readdir, rm } = await import("node:fs/promises");
  const { basename, dirname, join } = await import("node:path");
  const me = await thisProcess();
  const prefix = `${basename(file)}.lock-`;
  const own = `${prefix}${formatLockHolder(me)}`;
  const path = (name: string) => join(dirname(file), name);
  const inUse = (by: string, name: string) =>
    new HandleError("store_failed", {
      message: `The journal ${journal} is in use by ${by}.`,
      hint: `Wait until it is closed. If nobody uses it, remove the file ${name} beside it.`,
      retryable: true,
    });
  try {
    await (await open(path(own), "wx", 0o600)).close();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    throw inUse("this process", own);
  }
  const unlock = () => rm(path(own), { force: true });
  try {
    for (const name of await readdir(dirname(file))) {
      const holder = name.startsWith(prefix) ? parseLockHolder(name.slice(prefix.length)) : undefined;
      if (holder === undefined || name === own) continue;
      if (await mayRun(holder, me)) {
        const by = `process ${holder.pid}${holder.host === me.host ? "" : ` of ${JSON.stringify(holder.host)}`}`;
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

/** Makes the name of a new file durable, where the system can. */
async function syncDirectory(path: string): Promise<void> {
  const { open } = await import("node:fs/promises");
  const directory = await open(path, "r");
  await directory.sync().finally(() => directory.close());
}

/**
 * A journal in an open and locked file.
 *
 * @param name of the file, for errors
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
  const queue = createGroupQueue((lines) =>
    writer.write(lines).catch((error: unknown) => {
      throw failure(name, "written", error);
    }),
  );
  let closing: Promise<void> | undefined;
  const refuseClosed = () => {
    if (closing) throw new HandleError("store_failed", { message: `The journal ${name} is closed.` });
  };

  async function* entries() {
    refuseClosed();
    try {
      yield* readEntries(readChunks(file, 0, writer.end()), (line) =>
        damaged(`Line ${line}`, "The file is damaged, or it is not a journal; look at that line."),
      );
    } catch (error) {
      refuseClosed();
      throw failure(name, "read", error);
    }
  }

  // A file that is not a journal is better left alone.
  for await (const _ of entries()) break;
  return {
    entries,
    async append(given) {
      refuseClosed();
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
 * Opens a journal in a file of JSON lines, and makes the file, readable and writable by its owner alone, when there is
 * none. Appends that arrive while others are being written share one sync to disk. Of a line that a crash cut off
 * nothing is read, and the next append cuts it off. Until it is closed or its process ends, it cannot be opened again;
 * a lock that a killed process of this host left is removed.
 *
 * @param path relative to the working directory
 * @returns the journal. Its `entries()` reads what was durable when the iteration began, one line at a time, and
 *   throws `store_failed` naming the file and the line when one is not an entry. Its `append` rejects with
 *   `invalid_value` when an entry cannot be written as JSON, and with `store_failed` when the disk refuses, then and
 *   ever after
 * @throws HandleError `store_failed` when the file is in use (retryable), cannot be opened, or is not a journal
 * @example
 * ```ts
 * const journal = await openJournalFile("import.journal");
 * for await (const entry of journal.entries()) console.log(entry.kind, entry.key);
 * await journal.append([{ kind: "intent", key: "1", at: new Date().toISOString() }]);
 * await journal.close();
 * ```
 */
export async function openJournalFile(path: string): Promise<JournalFile> {
  const { constants, open, realpath } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const name = path.replace(/\p{Cc}/gu, "?");
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
    if (status.size === 0) await syncDirectory(dirname(target)).catch(() => {});
    return await createJournal(file, name, release);
  } catch (error) {
    await release().catch(() => {});
    return fail(error);
  }
}
