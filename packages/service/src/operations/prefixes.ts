import {
  foldCase,
  HandleError,
  matchesReference,
  prefixHandle,
  prefixOf,
  RESPONSE_CODES,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { type HomedPrefixes, type Login, type OperationContext, type Page, rangeOf } from "./context.ts";

/**
 * Creates a cache of the homed prefixes. An unknown prefix is read again at once, so that a prefix that another process
 * homes is served immediately; one that another process unhomes is served for up to `maxAge` milliseconds more.
 */
export function createHomedPrefixes(store: HandleStore, now: () => number, maxAge = 1000): HomedPrefixes {
  let known: ReadonlySet<string> = new Set();
  let readAt = Number.NEGATIVE_INFINITY;
  const assertKnown = (prefix: string, written: string): void => {
    if (known.has(prefix)) return;
    throw new HandleError("prefix_not_served", {
      message: "That prefix doesn't live here",
      handle: written,
      responseCode: RESPONSE_CODES.serverNotResponsible,
    });
  };
  const readAgain = async (): Promise<void> => {
    known = new Set(await store.prefixes());
    readAt = now();
  };
  return {
    assert(handle, written = handle) {
      const prefix = foldCase(prefixOf(handle));
      if (known.has(prefix) && now() - readAt <= maxAge) return;
      return readAgain().then(() => assertKnown(prefix, written));
    },
    forget() {
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Returns true if an identity is a server administrator. */
export function isServerAdmin({ rules }: OperationContext, identity: ValueReference): boolean {
  return rules.serverAdmins?.some((admin) => matchesReference(admin, identity)) ?? false;
}

function assertServerAdmin(
  context: OperationContext,
  identity: ValueReference | undefined,
  handle?: string,
): void {
  if (identity === undefined) throw refuse(RESPONSE_CODES.authenticationNeeded, "", handle);
  if (isServerAdmin(context, identity)) return;
  throw refuse(RESPONSE_CODES.invalidAdmin, "", handle, "The identity is not a server administrator");
}

/**
 * Lists the prefix handles of the homed prefixes, for server administrators.
 *
 * @throws HandleError response code 402, 400
 */
export async function listPrefixes(
  context: OperationContext,
  { identity, page }: { readonly identity: ValueReference | undefined; readonly page?: Page | undefined },
): Promise<{ readonly total: number; readonly prefixes: readonly string[] }> {
  assertServerAdmin(context, identity);
  const all = (await context.store.prefixes()).map(prefixHandle);
  const { from, count } = rangeOf(page);
  return { total: all.length, prefixes: all.slice(from, from + count) };
}

/**
 * Homes a prefix or unhomes it, for server administrators.
 *
 * @throws HandleError response code 102 if it is not a prefix, 402, 400
 */
export async function changePrefix(
  context: OperationContext,
  input: {
    readonly identity: ValueReference | undefined;
    readonly login: Login;
    /** `0.NA/X` or `X`. */
    readonly prefix: string;
    readonly homed: boolean;
  },
): Promise<void> {
  const folded = foldCase(input.prefix);
  const prefix = folded.startsWith("0.NA/") ? folded.slice("0.NA/".length) : folded;
  if (prefix === "" || prefix.includes("/")) {
    throw refuse(RESPONSE_CODES.invalidHandle, "Handle is not a prefix handle", input.prefix);
  }
  assertServerAdmin(context, input.identity, input.prefix);
  await (input.homed ? context.store.home(prefix) : context.store.unhome(prefix));
  context.homed.forget();
  await context.store.audit?.add({
    time: new Date(context.now()),
    identity: input.identity,
    ...input.login,
    operation: input.homed ? "home" : "unhome",
    handle: prefixHandle(prefix),
    before: undefined,
    after: undefined,
  });
}
