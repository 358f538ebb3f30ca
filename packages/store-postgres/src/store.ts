import { setImmediate } from "node:timers";
import { HandleError, hasLoneSurrogate, prefixHandle, quoteForMessage } from "@handlekit/core";
import {
  createGroupQueue,
  decodeRecord,
  encodeRecord,
  type HandleKey,
  type HandleStore,
  type RecordValues,
  type Revision,
} from "@handlekit/core/store";
import { createAudit } from "./audit.ts";
import type { Changes } from "./changes.ts";
import type { Database, Statement } from "./database/database.ts";
import type { CachedReads } from "./read/cached-reads.ts";
import { createFind } from "./read/find.ts";
import { listKeys } from "./read/list.ts";
import type { RevisionOf } from "./rows/revisions.ts";
import { bytesOf, textOf } from "./rows/value-row.ts";
import { auditText } from "./write/audit-chain.ts";
import { type Commit, writeGroup } from "./write/write-group.ts";

const PREFIXES: Statement = { name: "prefixes", text: "SELECT na FROM nas ORDER BY na" };
const HOME: Statement = {
  name: "home",
  text: "INSERT INTO nas (na) VALUES ($1) ON CONFLICT (na) DO NOTHING",
};
const UNHOME: Statement = { name: "unhome", text: "DELETE FROM nas WHERE na = $1" };

/** Handle.Net keeps the prefix handles of the prefixes that it is responsible for. */
const PREFIX_HANDLES = prefixHandle("");

/** Parts of a store. */
export interface StoreParts {
  readonly database: Database;
  readonly reads: CachedReads;
  readonly revisionOf: RevisionOf;
  readonly changes: Changes | undefined;
  /** Throws once the store is closed. */
  assertOpen(): void;
  close(): Promise<void>;
}

function checkKey(key: HandleKey): void {
  if (!hasLoneSurrogate(key)) return;
  throw new HandleError("invalid_handle", {
    message: `${quoteForMessage(key)} cannot be a key: it contains a lone surrogate.`,
    hint: "Check where the handle was cut.",
  });
}

/** Records, and a function that resolves once no commit is on its way. */
export interface Records {
  readonly store: HandleStore;
  idle(): Promise<void>;
}

/** Creates the records of a database. */
export function createRecords(parts: StoreParts): Records {
  const { database, reads, revisionOf, changes, assertOpen, close } = parts;
  const queue = createGroupQueue(
    (commits: readonly Commit[]) => writeGroup(database, revisionOf, commits, changes?.tell),
    setImmediate,
  );

  async function commit(commit: Commit): Promise<"done" | "conflict"> {
    const { key, next } = commit;
    try {
      const outcome = await queue.add(commit);
      if (outcome === "conflict") {
        reads.forget(key);
        return outcome;
      }
      reads.changed(key, outcome === "removed" ? undefined : sized(next ?? [], outcome.revision));
      return "done";
    } catch (error) {
      reads.forget(key);
      throw error;
    }
  }

  const store: HandleStore = {
    async read(key) {
      assertOpen();
      return reads.read(key);
    },
    async commit(key, expected, next, audit) {
      assertOpen();
      checkKey(key);
      return commit({ key, expected, next, audit: audit && auditText(audit) });
    },
    async list(prefix, after, limit) {
      assertOpen();
      return listKeys(database, prefix, after, limit);
    },
    async prefixes() {
      assertOpen();
      const { rows } = await database.read("read its prefixes", PREFIXES, []);
      const handles = rows.map(([handle]) => textOf(handle));
      return handles
        .filter((handle) => handle.startsWith(PREFIX_HANDLES))
        .map((handle) => handle.slice(PREFIX_HANDLES.length));
    },
    async home(prefix) {
      assertOpen();
      await database.write(`home ${quoteForMessage(prefix)}`, HOME, [bytesOf(prefixHandle(prefix))]);
    },
    async unhome(prefix) {
      assertOpen();
      await database.write(`unhome ${quoteForMessage(prefix)}`, UNHOME, [bytesOf(prefixHandle(prefix))]);
    },
    find: createOpenFind(database, assertOpen),
    changes: changes && ((listener) => changes.listen(listener)),
    audit: createAudit(database, assertOpen),
    close,
  };
  return { store, idle: () => queue.idle() };
}

function createOpenFind(database: Database, assertOpen: () => void): NonNullable<HandleStore["find"]> {
  const find = createFind(database);
  return async (query) => {
    assertOpen();
    return find(query);
  };
}

/** A record as it was written, and not the caller's array, which may be changed. */
function sized(next: RecordValues, revision: Revision) {
  const record = encodeRecord(next);
  return { record: { values: decodeRecord(record), revision }, bytes: record.length };
}
