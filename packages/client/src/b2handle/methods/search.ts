import { checkArgument, isHandleError } from "@handlekit/core";
import { checkCount, NUMBER, OBJECT, TEXT } from "../../check-call.ts";
import { readOptions, refuseMore } from "../arguments.ts";
import { ReverseLookupException } from "../exceptions.ts";
import { detailsOf, messageOf } from "../to-exception.ts";
import type { Session } from "./session.ts";

/** Patterns by type; `*` stands for any characters, and null for no pattern. */
export type SearchHandleTerms = Readonly<Record<string, string | number | null | undefined>>;

/** Options of searching. */
export interface SearchHandleOptions {
  /** Only handles of this prefix. */
  readonly prefix?: string | undefined;
  /** Only one page, of at most this many handles. Default: all pages. */
  readonly limit?: number | undefined;
  /** Only this page, from 0. */
  readonly page?: number | undefined;
}

/**
 * Reads the arguments of `searchHandle`: terms and options, or Python's URL, prefix and other terms.
 *
 * @throws HandleError `invalid_options`
 */
function readSearch(given: readonly unknown[]): {
  readonly terms: SearchHandleTerms;
  readonly options: SearchHandleOptions;
} {
  const caller = "searchHandle";
  const [first, second, third] = given;
  const positional =
    typeof first === "string" || first === null || (first === undefined && typeof second === "string");
  if (positional) {
    refuseMore(caller, given.slice(3));
    checkArgument(caller, "URL", first ?? undefined, TEXT);
    checkArgument(caller, "prefix", second ?? undefined, TEXT);
    checkArgument(caller, "terms", third ?? undefined, OBJECT);
    const terms = { URL: (first ?? null) as string | null, ...(third as SearchHandleTerms | undefined) };
    return { terms, options: { prefix: (second as string | null) ?? undefined } };
  }
  refuseMore(caller, given.slice(2), "Options come second.");
  checkArgument(caller, "terms", first, OBJECT);
  const rules = { prefix: TEXT, limit: NUMBER, page: NUMBER };
  const options: SearchHandleOptions = readOptions(
    caller,
    (second ?? {}) as object,
    rules,
    "Terms come first: searchHandle({ URL }, { prefix }).",
  );
  checkCount(caller, "the option limit", options.limit, 1, 100_000);
  checkCount(caller, "the option page", options.page, 0);
  return { terms: (first ?? {}) as SearchHandleTerms, options };
}

/** Searches; see `searchHandle`. */
export async function findHandles(
  { search }: Session,
  given: readonly unknown[],
): Promise<readonly string[]> {
  let query: Readonly<Record<string, string | number>> = {};
  try {
    const { terms, options } = readSearch(given);
    query = Object.fromEntries(
      Object.entries(terms).flatMap(([type, pattern]) =>
        pattern === null || pattern === undefined ? [] : [[type, pattern]],
      ),
    );
    const { prefix, limit, page } = options;
    if (limit !== undefined || page !== undefined) return await search.page(query, options);
    const found: string[] = [];
    for await (const handle of search.handles(query, { prefix })) found.push(handle);
    return found;
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw new ReverseLookupException(messageOf(error), { ...detailsOf(error), query });
  }
}
