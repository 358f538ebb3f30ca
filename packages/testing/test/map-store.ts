import { createHash } from "node:crypto";
import { decodeUtf8, HandleError, sameBytes, VALUE_PERMISSIONS } from "@handlekit/core";
import {
  type AuditEntry,
  auditDigestInput,
  type ChainedEntry,
  decodeRecord,
  encodeRecord,
  formatAuditEntry,
  type HandleKey,
  type HandleStore,
  type RecordValues,
  type Revision,
  retentionEntry,
  type StoredValue,
  type ValueQuery,
} from "@handlekit/core/store";

/** The data of a store, which are kept when it is closed. */
export interface MapData {
  readonly records: Map<HandleKey, Uint8Array>;
  readonly homed: Set<string>;
  readonly chain: (ChainedEntry & { readonly key: HandleKey | undefined })[];
}

/** Creates the data of an empty store. */
export const createMapData = (): MapData => ({ records: new Map(), homed: new Set(), chain: [] });

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

/** The parts of a store that a test may replace by wrong ones. */
export interface MapStoreParts {
  revisionOf(values: RecordValues): string;
  fits(value: StoredValue, query: ValueQuery): boolean;
  hasPrefix(key: HandleKey, prefix: string): boolean;
  compare(a: string, b: string): number;
  /** Returns the record to be stored, or null for none. */
  toStore(next: RecordValues | null): RecordValues | null;
  isExpected(expected: Revision | "absent", present: Revision | undefined): boolean;
}

/** Compares a text with a pattern in which `*` stands for any characters. */
function isLike(text: string, pattern: string): boolean {
  const [start = "", ...rest] = pattern.split("*");
  const end = rest.pop();
  if (end === undefined) return text === pattern;
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - end.length >= at && text.endsWith(end);
}

/** The right parts. */
export const mapStoreParts: MapStoreParts = {
  revisionOf: (values) => sha256(encodeRecord(values)),
  fits({ type, data, permissions }, query) {
    if (!(permissions & VALUE_PERMISSIONS.publicRead) || type.toUpperCase().startsWith("HS_")) return false;
    if (query.type !== undefined && query.type !== type) return false;
    if (query.data !== undefined) return sameBytes(query.data, data);
    const text = decodeUtf8(data);
    return text !== undefined && isLike(text, query.pattern);
  },
  hasPrefix: (key, prefix) => key.startsWith(`${prefix}/`),
  compare: (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
  toStore: (next) => next,
  isExpected: (expected, present) => expected === (present ?? "absent"),
};

/** Creates a store on a Map, with `find` and `audit`. Its revisions are digests of the records. */
export function createMapStore(data: MapData, parts: MapStoreParts = mapStoreParts): HandleStore {
  const { records, homed, chain } = data;
  const { compare } = parts;
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new HandleError("store_failed", { message: "The store is closed." });
  };

  function read(key: HandleKey) {
    const bytes = records.get(key);
    if (bytes === undefined) return undefined;
    const values = decodeRecord(bytes);
    return { values, revision: parts.revisionOf(values) as Revision };
  }

  function append(key: HandleKey | undefined, entry: AuditEntry): void {
    const number = (chain.at(-1)?.number ?? 0) + 1;
    const previous = chain.at(-1)?.digest ?? "";
    const digest = sha256(auditDigestInput(number, previous, formatAuditEntry(entry)));
    chain.push({ key, entry, number, previous, digest });
  }

  const page = (keys: HandleKey[], after: HandleKey | undefined, limit: number) =>
    keys
      .filter((key) => after === undefined || compare(key, after) > 0)
      .sort(compare)
      .slice(0, limit);

  return {
    async read(key) {
      checkOpen();
      return read(key);
    },
    async commit(key, expected, next, entry) {
      checkOpen();
      if (!parts.isExpected(expected, read(key)?.revision)) return "conflict";
      const stored = parts.toStore(next);
      if (stored === null) records.delete(key);
      else records.set(key, encodeRecord(stored));
      if (entry !== undefined) append(key, entry);
      return "done";
    },
    async list(prefix, after, limit) {
      checkOpen();
      return page(
        [...records.keys()].filter((key) => parts.hasPrefix(key, prefix)),
        after,
        limit,
      );
    },
    async find(query) {
      checkOpen();
      const { prefix, after, limit } = query;
      const keys = [...records.keys()].filter(
        (key) =>
          (prefix === undefined || parts.hasPrefix(key, prefix)) &&
          read(key)?.values.some((value) => parts.fits(value, query)),
      );
      return page(keys, after, limit);
    },
    async prefixes() {
      checkOpen();
      return [...homed].sort(compare);
    },
    async home(prefix) {
      checkOpen();
      homed.add(prefix);
    },
    async unhome(prefix) {
      checkOpen();
      homed.delete(prefix);
    },
    async close() {
      closed = true;
    },
    audit: {
      async read({ after = 0, limit }) {
        checkOpen();
        return chain.filter((entry) => entry.number > after).slice(0, limit);
      },
      async history({ key, before = Number.POSITIVE_INFINITY, limit }) {
        checkOpen();
        const entries = chain.filter((entry) => entry.key === key && entry.number < before);
        return entries.reverse().slice(0, limit);
      },
      async add(entry) {
        checkOpen();
        append(undefined, entry);
      },
      async removeBefore(time) {
        checkOpen();
        const kept = chain.findIndex(({ entry }, i) => entry.time >= time || i === chain.length - 1);
        const last = chain[kept - 1];
        if (last === undefined) return { removed: 0, more: false };
        append(undefined, retentionEntry(new Date(), { count: last.number, digest: last.digest }));
        chain.splice(0, kept);
        return { removed: kept, more: false };
      },
      async head() {
        checkOpen();
        return { count: chain.at(-1)?.number ?? 0, digest: chain.at(-1)?.digest ?? "" };
      },
    },
  };
}
