import { quoteForMessage } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";
import type { Backend } from "./open-backend.ts";
import { type Part, waitFor } from "./store.ts";
import type { Write } from "./write/writer.ts";

/** Creates the state of an open file. */
export function createState(
  { state, write }: Backend,
  file: string,
  { assertOpen, attempt, close }: Part,
): StateStore {
  async function change<T>(what: Write): Promise<T> {
    assertOpen();
    return (await waitFor(file, "write its state", write(what))) as T;
  }

  return {
    async get(key) {
      return attempt(`read the state of ${quoteForMessage(key)}`, () => state.get(key));
    },
    async scan(prefix, after, limit) {
      return attempt(`list the state of ${quoteForMessage(prefix)}`, () => state.scan(prefix, after, limit));
    },
    put: (key, value, expected) => change({ kind: "put", key, value, expected }),
    async delete(key) {
      await change({ kind: "delete", key });
    },
    next: (sequence) => change({ kind: "next", sequence }),
    close,
  };
}
