import { HandleError } from "@handlekit/core";
import type { Journal, JournalEntry } from "@handlekit/core/journal";

/** How an item ended: in the journal, and in an outcome. */
export type ItemStatus = "done" | "failed" | "unknown";

/** What an earlier run left of an item. */
export type Earlier =
  | { readonly state: "new" }
  /** Begun, and nobody knows how it ended. */
  | { readonly state: "begun" }
  | { readonly state: "done" };

/** The journal of a bulk run: what was meant, and how it ended. */
export interface BulkProgress {
  /**
   * What an earlier run left of item `number`.
   * @throws HandleError `invalid_options` when the item is not the one the journal knows
   */
  earlier(number: number, digest: string): Earlier;
  begin(number: number, digest: string): Promise<void>;
  end(number: number, digest: string, status: ItemStatus, code?: string): Promise<void>;
}

const KIND = "bulk";
const NEW = 0;
const BEGUN = 1;
const DONE = 2;

/** Nine bytes an item, so that a journal of millions of items fits: a digest of 64 bits and a state. */
function createTable() {
  let digests = new BigUint64Array(1024);
  let states = new Uint8Array(1024);
  return {
    get: (number: number) => ({ digest: digests[number] ?? 0n, state: states[number] ?? NEW }),
    set(number: number, digest: bigint, state: number) {
      if (number >= states.length) {
        const size = Math.max(states.length * 2, number + 1);
        const [more, moreStates] = [new BigUint64Array(size), new Uint8Array(size)];
        more.set(digests);
        moreStates.set(states);
        [digests, states] = [more, moreStates];
      }
      digests[number] = digest;
      states[number] = state;
    },
  };
}

// Items are begun in their order, but for those under way: a number far beyond the entries before it is none.
const AHEAD = 2 ** 20;

/**
 * What an entry says of an item; undefined for one that is not of a bulk run.
 *
 * @param before how many entries came before it
 * @throws HandleError `store_failed`
 */
function readEntry({ kind, key, data }: JournalEntry, before: number) {
  if (kind !== KIND) return undefined;
  const said = typeof data === "object" && data !== null && !Array.isArray(data) ? data : {};
  const { digest, state } = said as { readonly digest?: unknown; readonly state?: unknown };
  const number = /^\d{1,15}$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY;
  if (number > before + AHEAD || typeof digest !== "string" || !/^[0-9a-f]{16}$/.test(digest)) {
    throw new HandleError("store_failed", {
      message: `Entry ${before + 1} of the journal tells of no item that can be.`,
      hint: "The journal is damaged; look at that entry.",
    });
  }
  // A failure was answered, so that the item can be tried again; only an unknown outcome has to be settled.
  const left = state === "done" ? DONE : state === "failed" ? NEW : BEGUN;
  return { number, digest: BigInt(`0x${digest}`), state: left };
}

/**
 * Reads what a journal holds and writes on into it; without a journal nothing is kept.
 *
 * @throws HandleError `store_failed` for an entry that cannot be; whatever the journal throws
 */
export async function openProgress(journal: Journal | undefined, now: () => Date): Promise<BulkProgress> {
  const table = createTable();
  let before = 0;
  for await (const entry of journal?.entries() ?? []) {
    const known = readEntry(entry, before++);
    if (known) table.set(known.number, known.digest, known.state);
  }
  const write = async (number: number, digest: string, state: string, code?: string) => {
    const data = { digest, state, ...(code === undefined ? {} : { code }) };
    await journal?.append([{ kind: KIND, key: String(number), at: now().toISOString(), data }]);
  };
  return {
    earlier(number, digest) {
      const known = table.get(number);
      if (known.digest === 0n) return { state: "new" };
      if (known.digest !== BigInt(`0x${digest}`)) {
        throw new HandleError("invalid_options", {
          message: `Item ${number} is not the one that the journal has under this number.`,
          hint: "Resume with the same operations in the same order, or begin a new journal.",
        });
      }
      return { state: known.state === DONE ? "done" : known.state === BEGUN ? "begun" : "new" };
    },
    begin: (number, digest) => write(number, digest, "begun"),
    end: (number, digest, status, code) => write(number, digest, status, code),
  };
}
