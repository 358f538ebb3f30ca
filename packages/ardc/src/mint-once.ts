import {
  checkArgument,
  createInTurn,
  HandleError,
  type HandleErrorCode,
  handleKey,
  invalidOptions,
  isHandleError,
  prefixOf,
  printable,
  quoteForMessage,
} from "@handlekit/core";
import type { Journal } from "@handlekit/core/journal";
import type { Caller } from "./call.ts";
import { checkCallOptions } from "./checks.ts";
import { getHandle, getHandlesByValue } from "./get-handle.ts";
import { listHandles, suffixNumber } from "./list-handles.ts";
import { checkMintValues, MINT_RULES, type MintOptions, mint } from "./mint.ts";
import { intentEntry, type KnownMint, type MintEntry, readMints, writeMints } from "./mint-journal.ts";
import { addValue } from "./values.ts";

/** Options of `mintOnce`. At least one of `url` and `desc` is needed: the handle is found again by it. */
export interface MintOnceOptions extends MintOptions {
  /** The name of this mint in the journal, such as the number of your record. */
  readonly key: string;
  /** The journal of what is about to be done. Used by one process at a time. */
  readonly journal: Journal;
  /** Milliseconds after which a mint without an answer counts as done or failed. Default 30000. */
  readonly settleMs?: number | undefined;
}

/** Result of `mintOnce`. */
export interface MintOnceResult {
  readonly handle: string;
  /** `minted`: by this call; `adopted`: by a request that got no answer; `recorded`: the journal had it. */
  readonly outcome: "minted" | "adopted" | "recorded";
}

/** The time a request may take: an intent younger than this may still be under way. */
const REQUEST_MS = 30_000;
/** The longest time that the platform's timer can wait. */
const MAX_WAIT_MS = 2 ** 31 - 1;
/** Mints in one call: the second when the first left nothing behind. */
const MAX_TRIES = 2;
/** Failures after which a handle may have been minted all the same. */
const UNDECIDED: readonly HandleErrorCode[] = ["aborted", "server_error", "strategy_failed"];

function several(handles: readonly string[], key: string): HandleError {
  return new HandleError("outcome_unknown", {
    message: `${handles.length} new handles may be the one for the key ${quoteForMessage(key)}: ${printable(handles.slice(0, 20).join(", "))}${handles.length > 20 ? ", …" : ""}.`,
    hint: "Keep one and change or delete the value of the others; the next call for the key adopts it.",
  });
}

function undecided(error: HandleError, key: string): HandleError {
  return new HandleError("outcome_unknown", {
    message: `Minting for the key ${quoteForMessage(key)} got no answer twice, and no new handle has the value. ${error.message}`,
    hint: "Call mintOnce again later with the same key, values and journal.",
    status: error.status,
    cause: error,
  });
}

/** Returns the handle after which a list has all of these handles; undefined for the whole list. */
function startBefore(handles: readonly string[]): string | undefined {
  const [first, ...others] = handles;
  if (first === undefined || others.some((other) => prefixOf(other) !== prefixOf(first))) return undefined;
  let lowest: bigint | undefined;
  for (const handle of handles) {
    const number = suffixNumber(handle);
    if (number === undefined) return undefined;
    if (lowest === undefined || number < lowest) lowest = number;
  }
  return lowest === undefined || lowest === 0n ? undefined : `${prefixOf(first)}/${lowest - 1n}`;
}

function checkMintOnce(options: MintOnceOptions): { readonly value: string; readonly settleMs: number } {
  checkCallOptions("mintOnce", options, {
    ...MINT_RULES,
    key: ["string"],
    journal: ["object"],
    settleMs: ["number", "undefined"],
  });
  const { journal, url, desc, settleMs = REQUEST_MS } = options;
  // A promise of a journal has neither.
  for (const name of ["entries", "append"] as const) {
    checkArgument("mintOnce", `the method ${name} of the option journal`, journal[name], ["function"]);
  }
  const value = url ?? desc;
  if (value === undefined) {
    throw invalidOptions(
      "mintOnce: the options url and desc are both missing; it needs a value to find the handle by.",
      "Give url, desc or both.",
    );
  }
  checkMintValues("mintOnce", options);
  if (!Number.isInteger(settleMs) || settleMs < 0 || settleMs > MAX_WAIT_MS) {
    throw invalidOptions(
      `mintOnce: the option settleMs is not a whole number of milliseconds from 0 to ${MAX_WAIT_MS}.`,
      "Leave it out for 30 seconds.",
    );
  }
  return { value, settleMs };
}

function checkKnown(known: KnownMint | undefined, { key, url, desc }: MintOnceOptions): void {
  if (known === undefined || (known.url === url && known.desc === desc)) return;
  throw invalidOptions(
    `The key ${quoteForMessage(key)} was used before, for other values.`,
    "A key stands for one handle: use another key, or change the handle's values.",
  );
}

/** Creates the function that mints at most one handle for a key. */
export function createMintOnce(
  caller: Caller,
  now: () => number,
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
): (options: MintOnceOptions) => Promise<MintOnceResult> {
  const inTurn = createInTurn();

  async function mintOnce(options: MintOnceOptions): Promise<MintOnceResult> {
    const { value, settleMs } = checkMintOnce(options);
    const { key, journal, url, desc, index, signal } = options;
    const write = (...entries: readonly MintEntry[]) => writeMints(journal, key, now(), entries);

    /** Resolves once a request that was about to be sent at that time is done or has failed. */
    async function settle(at: number): Promise<void> {
      const left = Math.min(settleMs, at + REQUEST_MS + settleMs - now());
      if (!(left <= 0)) await wait(Number.isNaN(left) ? settleMs : left, signal);
    }

    /** Resolves to the handle that an unanswered request minted: new, of this owner and of no other key. */
    async function findMinted(before: readonly string[]): Promise<string | undefined> {
      const found = await getHandlesByValue(caller, value, { signal });
      const known = await readMints(journal);
      const earlier = new Set(before.map(handleKey));
      const fresh = found.filter(
        (handle) => !earlier.has(handleKey(handle)) && !known.isOfAnother(handle, key),
      );
      if (fresh.length === 0) return undefined;
      const wanted = new Set(fresh.map(handleKey));
      const own: string[] = [];
      for await (const handle of listHandles(caller, { after: startBefore(fresh), signal })) {
        if (wanted.has(handleKey(handle))) own.push(handle);
      }
      if (own.length > 1) throw several(own, key);
      return own[0];
    }

    /** Records the handle, and adds the second value. */
    async function finish(handle: string, outcome: MintOnceResult["outcome"]): Promise<MintOnceResult> {
      const named = { kind: "mint-handle", data: { handle } } as const;
      const complete = { kind: "mint-complete" } as const;
      if (url === undefined || desc === undefined) {
        await write(named, complete);
        return { handle, outcome };
      }
      if (outcome !== "recorded") await write(named);
      const { properties } =
        outcome === "minted" ? { properties: [] } : await getHandle(caller, handle, { signal });
      if (!properties.some((property) => property.type === "DESC" && property.value === desc)) {
        await addValue(caller, handle, "DESC", desc, { signal });
      }
      await write(complete);
      return { handle, outcome };
    }

    /** @param fresh true when there was no earlier try, which may have minted a handle */
    async function tryToMint(before: readonly string[], fresh: boolean): Promise<MintOnceResult> {
      const first = url === undefined ? { desc } : { url };
      for (let tries = 1; ; tries++) {
        await write(intentEntry(options, before));
        const minted = await mint(caller, { ...first, index, signal }).catch(async (error: unknown) => {
          if (isHandleError(error, "outcome_unknown")) return error;
          const decided = isHandleError(error) && !UNDECIDED.includes(error.code);
          if (decided && fresh && tries === 1) await write({ kind: "mint-refused" });
          throw error;
        });
        if (!isHandleError(minted)) return finish(minted.handle, "minted");
        await wait(settleMs, signal);
        const handle = await findMinted(before);
        if (handle !== undefined) return finish(handle, "adopted");
        if (tries === MAX_TRIES) throw undecided(minted, key);
      }
    }

    return inTurn(journal, value, async () => {
      const known = (await readMints(journal)).of(key);
      checkKnown(known, options);
      if (known?.complete && known.handle !== undefined) return { handle: known.handle, outcome: "recorded" };
      if (known) await settle(known.at);
      if (known?.handle !== undefined) return finish(known.handle, "recorded");
      const before = known?.before ?? (await getHandlesByValue(caller, value, { signal }));
      const minted = known && (await findMinted(before));
      return minted === undefined ? tryToMint(before, known === undefined) : finish(minted, "adopted");
    });
  }

  return mintOnce;
}
