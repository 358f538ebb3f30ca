import {
  createInTurn,
  HandleError,
  type HandleErrorCode,
  handleKey,
  isHandleError,
  prefixOf,
  quoteForMessage,
} from "@handlekit/core";
import { checkValue } from "./checks.ts";
import { suffixNumber } from "./list-handles.ts";
import { intentEntry, type KnownMint, type MintEntry, readMints, writeMints } from "./mint-journal.ts";
import type { ArdcClient, ArdcClientOptions, MintOnceOptions, MintOnceResult } from "./types.ts";

type Services = Pick<ArdcClient, "mint" | "addValue" | "getHandle" | "getHandlesByValue" | "listHandles">;

/** As long as a request may take: an intent younger than this may still be on its way. */
const REQUEST_MS = 30_000;
/** Mints in one call: the second when the first left nothing behind. */
const MOST_TRIES = 2;
/** Failures that do not tell that nothing was minted. */
const UNDECIDED: readonly HandleErrorCode[] = ["aborted", "server_error", "strategy_failed"];

function invalid(message: string, hint: string): HandleError {
  return new HandleError("invalid_options", { message, hint });
}

function several(handles: readonly string[], key: string): HandleError {
  return new HandleError("outcome_unknown", {
    message: `${handles.length} new handles may be the one for the key ${quoteForMessage(key)}: ${handles.slice(0, 20).join(", ")}${handles.length > 20 ? ", …" : ""}.`,
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

/** Where a list must begin to have all of these handles in it; undefined is its beginning. */
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

function checkOptions({ key, url, desc, settleMs = REQUEST_MS }: MintOnceOptions) {
  const value = url ?? desc;
  if (value === undefined) {
    throw invalid(
      `Nothing is to be minted with the key ${quoteForMessage(key)}: mintOnce needs a value to find the handle by.`,
      "Give a url or a desc.",
    );
  }
  for (const each of [url, desc]) if (each !== undefined) checkValue(each);
  if (!Number.isInteger(settleMs) || settleMs < 0) {
    throw invalid("settleMs is not a whole number of milliseconds.", "Leave it out for 30 seconds.");
  }
  return { value, settleMs };
}

function checkKnown(known: KnownMint | undefined, { key, url, desc }: MintOnceOptions): void {
  if (known === undefined || (known.url === url && known.desc === desc)) return;
  throw invalid(
    `The key ${quoteForMessage(key)} was used before, for other values.`,
    "A key stands for one handle: use another key, or change the handle's values.",
  );
}

/** What mints at most one handle for a key. */
export function createMintOnce(
  services: Services,
  now: NonNullable<ArdcClientOptions["now"]>,
  wait: NonNullable<ArdcClientOptions["wait"]>,
): ArdcClient["mintOnce"] {
  const inTurn = createInTurn();

  async function mintOnce(options: MintOnceOptions): Promise<MintOnceResult> {
    const { key, journal, url, desc, index, signal } = options;
    const { value, settleMs } = checkOptions(options);
    const write = (...entries: readonly MintEntry[]) => writeMints(journal, key, now(), entries);

    /** Until a request that was about to be made so long ago is done or has failed. */
    async function settle(at: number): Promise<void> {
      const left = Math.min(settleMs, at + REQUEST_MS + settleMs - now());
      if (!(left <= 0)) await wait(Number.isNaN(left) ? settleMs : left, signal);
    }

    /** The handle that an unanswered request made: new, of this owner and of no other key. */
    async function findMinted(before: readonly string[]): Promise<string | undefined> {
      const found = await services.getHandlesByValue(value, { signal });
      const known = await readMints(journal);
      const earlier = new Set(before.map(handleKey));
      const fresh = found.filter(
        (handle) => !earlier.has(handleKey(handle)) && !known.isOfAnother(handle, key),
      );
      if (fresh.length === 0) return undefined;
      const wanted = new Set(fresh.map(handleKey));
      const own: string[] = [];
      for await (const handle of services.listHandles({ after: startBefore(fresh), signal })) {
        if (wanted.has(handleKey(handle))) own.push(handle);
      }
      if (own.length > 1) throw several(own, key);
      return own[0];
    }

    /** Writes the handle down, and gives it the second value. */
    async function finish(handle: string, outcome: MintOnceResult["outcome"]): Promise<MintOnceResult> {
      const named = { kind: "mint-handle", data: { handle } } as const;
      const complete = { kind: "mint-complete" } as const;
      if (url === undefined || desc === undefined) {
        await write(named, complete);
        return { handle, outcome };
      }
      if (outcome !== "recorded") await write(named);
      const { properties } =
        outcome === "minted" ? { properties: [] } : await services.getHandle(handle, { signal });
      if (!properties.some((property) => property.type === "DESC" && property.value === desc)) {
        await services.addValue(handle, "DESC", desc, { signal });
      }
      await write(complete);
      return { handle, outcome };
    }

    /** @param fresh true when no earlier try may still turn out to have made a handle */
    async function tryToMint(before: readonly string[], fresh: boolean): Promise<MintOnceResult> {
      const first = url === undefined ? { desc } : { url };
      for (let tries = 1; ; tries++) {
        await write(intentEntry(options, before));
        const minted = await services.mint({ ...first, index, signal }).catch(async (error: unknown) => {
          if (isHandleError(error, "outcome_unknown")) return error;
          const decided = isHandleError(error) && !UNDECIDED.includes(error.code);
          if (decided && fresh && tries === 1) await write({ kind: "mint-refused" });
          throw error;
        });
        if (!isHandleError(minted)) return finish(minted.handle, "minted");
        await wait(settleMs, signal);
        const handle = await findMinted(before);
        if (handle !== undefined) return finish(handle, "adopted");
        if (tries === MOST_TRIES) throw undecided(minted, key);
      }
    }

    return inTurn(journal, value, async () => {
      const known = (await readMints(journal)).of(key);
      checkKnown(known, options);
      if (known?.complete && known.handle !== undefined) return { handle: known.handle, outcome: "recorded" };
      if (known) await settle(known.at);
      if (known?.handle !== undefined) return finish(known.handle, "recorded");
      const before = known?.before ?? (await services.getHandlesByValue(value, { signal }));
      const minted = known && (await findMinted(before));
      return minted === undefined ? tryToMint(before, known === undefined) : finish(minted, "adopted");
    });
  }

  return mintOnce;
}
