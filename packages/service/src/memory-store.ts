import { HandleError, type HandleKey } from "@handlekit/core";
import { decodeRecord, encodeRecord, type HandleStore, type Revision } from "@handlekit/core/store";

/**
 * A store in memory, for tests and for trying things out. Nothing outlives the process.
 *
 * @example
 * ```ts
 * const service = createHandleService({ store: createMemoryStore() });
 * ```
 */
export function createMemoryStore(): HandleStore {
  const records = new Map<HandleKey, { readonly bytes: Uint8Array; readonly revision: Revision }>();
  const homed = new Set<string>();
  let changes = 0;
  let closed = false;
  const open = () => {
    if (closed) throw new HandleError("store_failed", { message: "The store is closed." });
  };
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return {
    async read(key) {
      open();
      const held = records.get(key);
      return held && { values: decodeRecord(held.bytes.slice()), revision: held.revision };
    },
    async commit(key, expected, next) {
      open();
      if ((records.get(key)?.revision ?? "absent") !== expected) return "conflict";
      if (next === null) records.delete(key);
      else records.set(key, { bytes: encodeRecord(next), revision: `${++changes}` as Revision });
      return "done";
    },
    async list(prefix, after, limit) {
      open();
      const keys = [...records.keys()].filter(
        (key) => key.startsWith(`${prefix}/`) && (after === undefined || byBytes(key, after) > 0),
      );
      return keys.sort(byBytes).slice(0, limit);
    },
    async prefixes() {
      open();
      return [...homed].sort(byBytes);
    },
    async home(prefix) {
      open();
      homed.add(prefix);
    },
    async unhome(prefix) {
      open();
      homed.delete(prefix);
    },
    async close() {
      closed = true;
    },
  };
}
