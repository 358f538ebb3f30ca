import { setImmediate } from "node:timers";
import { quoteForMessage } from "@handlekit/core";
import { createGroupQueue, type Revision, type StateEntry, type StateStore } from "@handlekit/core/store";
import { sqlNumber } from "./audit.ts";
import type { Database, Statement } from "./database/database.ts";
import { textRange } from "./database/key-range.ts";
import { createLanes } from "./read/lanes.ts";
import { bytesOf, textOf } from "./rows/value-row.ts";

const GET: Statement = {
  name: "get-state",
  text: "SELECT revision, value, key FROM handlekit_state WHERE key = ANY($1::bytea[])",
};
const SCAN: Statement = {
  name: "scan-state",
  text: "SELECT revision, value, key FROM handlekit_state WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3",
};
const CREATE: Statement = {
  name: "create-state",
  text: `INSERT INTO handlekit_state (key, value, revision) VALUES ($1, $2, nextval('handlekit_revision'))
    ON CONFLICT (key) DO NOTHING`,
};
const PUT: Statement = {
  name: "put-state",
  text: `INSERT INTO handlekit_state (key, value, revision) VALUES ($1, $2, nextval('handlekit_revision'))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision`,
};
const CHANGE: Statement = {
  name: "change-state",
  text: `UPDATE handlekit_state SET value = $2, revision = nextval('handlekit_revision')
    WHERE key = $1 AND revision = $3`,
};
const DELETE: Statement = { name: "delete-state", text: "DELETE FROM handlekit_state WHERE key = $1" };
const NEXT: Statement = {
  name: "next-number",
  text: `INSERT INTO handlekit_sequences (name, last) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET last = handlekit_sequences.last + $2 RETURNING last`,
};

/** Revisions are the decimal numbers of a sequence, which gives none twice. */
const isRevision = (revision: string) => /^[1-9]\d{0,17}$/.test(revision);

type Row = [revision: string, value: Uint8Array, key: Uint8Array];

const entryOf = ([revision, value]: Row): StateEntry => ({
  value: textOf(value),
  revision: String(revision) as Revision,
});

/**
 * Creates the state of a database. Each call is one statement, which calls of `get` at the same time share. Nothing is kept
 * in memory: a session that was ended through any process is over for all of them.
 */
export function createState(
  database: Database,
  assertOpen: () => void,
  close: () => Promise<void>,
): StateStore {
  function put(key: string, value: string, expected: Revision | "absent" | "any") {
    const what = `write the state of ${quoteForMessage(key)}`;
    const values = [bytesOf(key), bytesOf(value)];
    if (expected === "any") return database.write(what, PUT, values);
    if (expected === "absent") return database.write(what, CREATE, values);
    return isRevision(expected) ? database.write(what, CHANGE, [...values, expected]) : undefined;
  }

  /** Takes the next numbers of a sequence for all who wait. */
  async function takeNumbers(sequence: string, count: number): Promise<number> {
    const { rows } = await database.write(`count ${quoteForMessage(sequence)}`, NEXT, [
      bytesOf(sequence),
      count,
    ]);
    return Number(rows[0]?.[0]) - count;
  }

  const get = createLanes(async (keys: readonly string[]) => {
    const wanted = [...new Set(keys)];
    const [first = ""] = wanted;
    const what =
      wanted.length === 1
        ? `read the state of ${quoteForMessage(first)}`
        : `read ${wanted.length} entries of its state`;
    const { rows } = await database.read(what, GET, [wanted.map(bytesOf)]);
    const found = new Map((rows as Row[]).map((row) => [textOf(row[2]), entryOf(row)]));
    return keys.map((key) => found.get(key));
  });

  const counting = createGroupQueue(async (sequences: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const sequence of sequences) counts.set(sequence, (counts.get(sequence) ?? 0) + 1);
    const last = new Map<string, number>();
    for (const [sequence, count] of counts) last.set(sequence, await takeNumbers(sequence, count));
    return sequences.map((sequence) => {
      const number = (last.get(sequence) ?? 0) + 1;
      last.set(sequence, number);
      return number;
    });
  }, setImmediate);

  return {
    async get(key) {
      assertOpen();
      return get(key);
    },
    async put(key, value, expected) {
      assertOpen();
      return (await put(key, value, expected))?.changed === 1 ? "done" : "conflict";
    },
    async delete(key) {
      assertOpen();
      await database.write(`delete the state of ${quoteForMessage(key)}`, DELETE, [bytesOf(key)]);
    },
    async scan(prefix, after, limit) {
      assertOpen();
      const values = [...textRange(prefix, after), sqlNumber(limit)];
      const { rows } = await database.read(`list the state of ${quoteForMessage(prefix)}`, SCAN, values);
      return (rows as Row[]).map((row) => [textOf(row[2]), entryOf(row)]);
    },
    async next(sequence) {
      assertOpen();
      return counting.add(sequence);
    },
    close,
  };
}
