import { HandleError } from "@handlekit/core";
import type { Journal, JournalEntry } from "@handlekit/core/journal";

/** How an item ended. */
export type ItemStatus = "done" | "failed" | "unknown";

/** The state in which an earlier run left an item. */
export type Earlier =
  | { readonly state: "new" }
  /** Begun, with an unknown outcome. */
  | { readonly state: "begun" }
  | { readonly state: "done" };

/** The progress of a bulk run, in its journal. */
export interface BulkProgress {
  /**
   * Returns the state in which an earlier run left an item.
   * @throws HandleError `invalid_options` if the journal has another operation under this number
   */
  earlier(number: number, digest: string): Earlier;
  begin(number: number, digest: string): Promise<void>;
  end(number: number, digest: string, status: ItemStatus, code?: string | undefined): Promise<void>;
}

const KIND = "bulk";
const NEW = 0;
const BEGUN = 1;
const DONE = 2;

/** Creates a table with nine bytes per item, for millions of items: a digest of 64 bits and a state. */
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

// Items are begun in about their order: a number far beyond the entries before it must be wrong.
const AHEAD = 2 ** 20;

/**
 * Reads an entry of the journal; undefined if it is not of a bulk run.
 *
 * @param before the number of entries before it
 * @throws HandleError `store_failed`
 */
function readEntry({ kind, key, data }: JournalEntry, before: number) {
  if (kind !== KIND) return undefined;
  const said = typeof data === "object" && data !== null && !Array.isArray(data) ? data : {};
  const { digest, state } = said as { readonly digest?: unknown; readonly state?: unknown };
  const number = /^\d{1,15}$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY;
  if (number > before + AHEAD || typeof digest !== "string" || !/^[0-9a-f]{16}$/.test(digest)) {
    throw new HandleError("store_failed", {
      message: `Entry ${before + 1} of the journal is not a valid entry of a bulk run.`,
      hint: "The journal is damaged; have a look at that entry.",
    });
  }
  // A failed item can be tried again; only an unknown outcome has to be settled.
  const left = state === "done" ? DONE : state === "failed" ? NEW : BEGUN;
  return { number, digest: BigInt(`0x${digest}`), state: left };
}

/**
 * Opens the progress in a journal: reads its entries, and then appends to it. Without a journal nothing is kept.
 *
 * @throws HandleError `store_failed` for an invalid entry; whatever the journal throws
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
          message: `Item ${number} is not the operation that the journal has under this number.`,
          hint: "Resume with the same operations in the same order, or use a new journal.",
        });
      }
      return { state: known.state === DONE ? "done" : known.state === BEGUN ? "begun" : "new" };
    },
    begin: (number, digest) => write(number, digest, "begun"),
    end: (number, digest, status, code) => write(number, digest, status, code),
  };
}
