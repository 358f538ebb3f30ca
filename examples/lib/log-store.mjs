// A store in one file of JSON lines, one for each commit; the records are in memory. It has no find and no audit, which
// are optional. A last line without its end was never done, and is cut off when the file is opened.
import { open } from "node:fs/promises";
import { HandleError } from "@handlekit/core";
import { decodeRecord, encodeRecord } from "@handlekit/core/store";

/** @typedef {import("@handlekit/core/store").HandleKey} HandleKey */
/** @typedef {import("@handlekit/core/store").Revision} Revision */

/** @param {string} a @param {string} b */
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * @param {string} path the file, which is created if there is none; one process opens it at a time
 * @returns {Promise<import("@handlekit/core/store").HandleStore>}
 */
export async function openLogStore(path) {
  const file = await open(path, "a+", 0o600);
  /** @type {Map<HandleKey, { values: import("@handlekit/core/store").RecordValues, revision: Revision }>} */
  const records = new Map();
  /** @type {Set<string>} */
  const homed = new Set();
  let lines = 0;
  let closed = false;

  /** @param {{ key?: HandleKey, record?: string | null, prefix?: string, home?: boolean }} entry */
  function apply({ key, record, prefix, home }) {
    // The number of a line is never used twice, and so is a good revision.
    const revision = /** @type {Revision} */ (String(++lines));
    if (prefix !== undefined) home ? homed.add(prefix) : homed.delete(prefix);
    else if (key !== undefined && record) {
      records.set(key, {
        values: Object.freeze(decodeRecord(new Uint8Array(Buffer.from(record, "base64")))),
        revision,
      });
    } else if (key !== undefined) records.delete(key);
  }

  const text = await file.readFile("utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) await file.truncate(Buffer.byteLength(whole));
  for (const line of whole.split("\n")) if (line !== "") apply(JSON.parse(line));

  const assertOpen = () => {
    if (closed) throw new HandleError("store_failed", { message: `The store ${path} is closed.` });
  };
  let last = Promise.resolve();
  /** Runs one writer after the other. @template T @param {() => Promise<T>} write @returns {Promise<T>} */
  function inTurn(write) {
    const result = last.then(() => {
      assertOpen();
      return write();
    });
    last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
  /** Resolves once the entry is on the disk; only then it is visible. @param {Parameters<typeof apply>[0]} entry */
  async function append(entry) {
    await file.appendFile(`${JSON.stringify(entry)}\n`);
    await file.datasync();
    apply(entry);
  }

  return {
    async read(key) {
      assertOpen();
      return records.get(key);
    },
    commit: (key, expected, next) =>
      inTurn(async () => {
        if ((records.get(key)?.revision ?? "absent") !== expected) return "conflict";
        const record = next === null ? null : Buffer.from(encodeRecord(next)).toString("base64");
        await append({ key, record });
        return "done";
      }),
    async list(prefix, after, limit) {
      assertOpen();
      const keys = [...records.keys()].filter((key) => key.startsWith(`${prefix}/`));
      const rest = keys.filter((key) => after === undefined || byBytes(key, after) > 0);
      return rest.sort(byBytes).slice(0, limit);
    },
    async prefixes() {
      assertOpen();
      return [...homed].sort(byBytes);
    },
    home: (prefix) => inTurn(async () => void (homed.has(prefix) || (await append({ prefix, home: true })))),
    unhome: (prefix) =>
      inTurn(async () => void (homed.has(prefix) && (await append({ prefix, home: false })))),
    async close() {
      await last;
      if (!closed) await file.close();
      closed = true;
    },
  };
}
