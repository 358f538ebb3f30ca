import { createGenerations, type StateEntry, type StateStore } from "@handlekit/core/store";
import type { Backend } from "./open-backend.ts";
import { type Part, waitFor } from "./store.ts";
import type { Write } from "./write/writer.ts";

/** The memory for entries that were read, in characters. */
const CACHE_UNITS = 4 * 1024 * 1024;
/** The memory of an entry without its text, in characters. */
const ENTRY_UNITS = 100;

/** Creates the state of an open file. */
export function createState(
  { state, write }: Backend,
  file: string,
  { assertOpen, attempt, close }: Part,
): StateStore {
  // Sessions are read with each request, and while others write, SQLite reads nothing twice from its own memory.
  const known = createGenerations<StateEntry>(CACHE_UNITS);

  async function change<T>(what: Write): Promise<T> {
    assertOpen();
    return (await waitFor(file, "write its state", write(what))) as T;
  }

  /** Changes one entry, which is read anew then, however that ends. */
  async function changeEntry<T>(what: Write & { readonly key: string }): Promise<T> {
    try {
      return await change<T>(what);
    } finally {
      known.delete(what.key);
    }
  }

  return {
    async get(key) {
      assertOpen();
      const held = known.get(key);
      if (held !== undefined) return held;
      const entry = attempt("read the state of", () => state.get(key), key);
      if (entry !== undefined) known.set(key, entry, ENTRY_UNITS + key.length + entry.value.length);
      return entry;
    },
    async scan(prefix, after, limit) {
      return attempt("list the state of", () => state.scan(prefix, after, limit), prefix);
    },
    put: (key, value, expected) => changeEntry({ kind: "put", key, value, expected }),
    async delete(key) {
      await changeEntry({ kind: "delete", key });
    },
    next: (sequence) => change({ kind: "next", sequence }),
    close,
  };
}
