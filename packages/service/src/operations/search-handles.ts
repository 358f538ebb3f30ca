import { setImmediate } from "node:timers/promises";
import { encodeUtf8, foldCase, HandleError, RESPONSE_CODES, type ValueReference } from "@handlekit/core";
import { type HandleKey, type HandleStore, matchesQuery, type RecordValues } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { type OperationContext, type Page, rangeOf } from "./context.ts";
import { mayList } from "./list-handles.ts";
import { isPublic } from "./read-record.ts";

/** Who searches: an identity, which needs LIST_HANDLES, or an account, which may search these prefixes or all. */
export type Searcher =
  | { readonly identity: ValueReference; readonly account?: undefined }
  | {
      readonly account: { readonly prefixes: ReadonlySet<string> | undefined };
      readonly identity?: undefined;
    };

/** A type, and the patterns that one value of this type must match; each `*` stands for any characters. */
export interface SearchTerm {
  readonly type: string;
  readonly patterns: readonly string[];
}

/** The input of a search. A record must have a value for each of the terms. */
export interface SearchInput {
  readonly searcher: Searcher;
  readonly terms: readonly SearchTerm[];
  /** Only handles of this prefix. Default of all that the searcher may search. */
  readonly prefix?: string | undefined;
  readonly page: Page;
}

/** A record that was found. */
export interface FoundRecord {
  readonly handle: HandleKey;
  readonly values: RecordValues;
}

type Find = NonNullable<HandleStore["find"]>;
/** A type with exact data or a pattern. */
type ValueTerm = { readonly type: string } & (
  | { readonly data: Uint8Array; readonly pattern?: undefined }
  | { readonly pattern: string; readonly data?: undefined }
);

/** The keys that are asked for at a time. */
const CHUNK = 1000;
/** The most records that one search looks at. */
const MAX_CANDIDATES = 200_000;
/** The most bytes of values that one search returns, with what each of them takes in memory. */
const MAX_BYTES = 16 * 1024 * 1024;
const BYTES_OF_VALUE = 50;

function tooMuch(message: string): HandleError {
  return refuse(RESPONSE_CODES.protocolError, message);
}

/** @throws HandleError 501 if the store cannot search */
export function assertSearchable({ store }: OperationContext): Find {
  if (store.find !== undefined) return store.find.bind(store);
  throw new HandleError("not_supported", {
    message: "The store of this server cannot search",
    responseCode: RESPONSE_CODES.error,
    status: 501,
  });
}

/**
 * Resolves to the prefixes to search, folded: those homed here that the searcher may search.
 *
 * @throws HandleError response code 400 if there is none
 */
async function searchedPrefixes(
  context: OperationContext,
  { searcher, prefix }: Pick<SearchInput, "searcher" | "prefix">,
): Promise<readonly string[]> {
  const wanted = prefix === undefined ? undefined : foldCase(prefix);
  const allowed: string[] = [];
  for (const homed of await context.store.prefixes()) {
    if (wanted !== undefined && wanted !== homed) continue;
    const { identity, account } = searcher;
    const may = account ? (account.prefixes?.has(homed) ?? true) : await mayList(context, identity, homed);
    if (may) allowed.push(homed);
  }
  if (allowed.length > 0) return allowed;
  const where = prefix === undefined ? "any prefix of this server" : "this prefix";
  throw refuse(RESPONSE_CODES.invalidAdmin, `The login may not list the handles of ${where}`);
}

const literalLength = (pattern: string) => pattern.replaceAll("*", "").length;

function termOf(type: string, pattern: string): ValueTerm {
  return pattern.includes("*") ? { type, pattern } : { type, data: encodeUtf8(pattern) };
}

/** Returns the term that probably matches the fewest values: one without `*`, or the longest text. */
function mostSelective(terms: readonly SearchTerm[]): ValueTerm | undefined {
  const all = terms.flatMap(({ type, patterns }) => patterns.map((pattern) => ({ type, pattern })));
  const rank = ({ pattern }: { readonly pattern: string }) =>
    literalLength(pattern) + (pattern.includes("*") ? 0 : Number.MAX_SAFE_INTEGER / 2);
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  const { type, pattern } = others.reduce((best, each) => (rank(each) > rank(best) ? each : best), first);
  return termOf(type, pattern);
}

/**
 * Lists the keys of records with a value that matches a term, in bounded chunks, between which other requests are
 * handled.
 *
 * @throws HandleError response code 4 after 200,000 keys
 */
async function* findKeys(
  find: Find,
  prefixes: readonly string[],
  term: ValueTerm,
  chunk: number,
): AsyncGenerator<HandleKey> {
  let looked = 0;
  for (const prefix of prefixes) {
    for (let after: HandleKey | undefined; ; ) {
      await setImmediate();
      const keys = await find({ ...term, prefix, after, limit: chunk });
      if (looked + keys.length > MAX_CANDIDATES) {
        throw tooMuch(
          `The search looked at ${MAX_CANDIDATES} handles and was stopped: search for a longer text or in one prefix`,
        );
      }
      looked += keys.length;
      yield* keys;
      after = keys.at(-1);
      if (keys.length < chunk) break;
    }
  }
}

/** Returns a function that tells whether a record has a value for each term. */
function createMatch(terms: readonly SearchTerm[]): (values: RecordValues) => boolean {
  const compiled = terms.map(({ type, patterns }) => patterns.map((pattern) => termOf(type, pattern)));
  return (values) =>
    compiled.every((all) => values.some((value) => all.every((each) => matchesQuery(value, each))));
}

/** Searches; `values` are only read if they are needed. */
async function search(
  context: OperationContext,
  { terms, page, ...where }: SearchInput,
  needsValues: boolean,
): Promise<readonly FoundRecord[]> {
  const find = assertSearchable(context);
  const prefixes = await searchedPrefixes(context, where);
  const term = mostSelective(terms);
  const { from, count } = rangeOf(page);
  if (term === undefined || count === 0) return [];
  const isOne = terms.length === 1 && terms[0]?.patterns.length === 1;
  const matches = createMatch(terms);
  const found: FoundRecord[] = [];
  let [skipped, bytes] = [0, 0];
  // With one term every key is found, so that no more need be asked for than the page has.
  const chunk = isOne ? Math.min(CHUNK, from + count) : CHUNK;
  for await (const handle of findKeys(find, prefixes, term, chunk)) {
    const isRead = !isOne || (needsValues && skipped >= from);
    const values = isRead ? (await context.store.read(handle))?.values : [];
    // The record may have changed since it was found.
    if (values === undefined || (isRead && !matches(values))) continue;
    if (skipped < from) {
      skipped++;
      continue;
    }
    const shown = needsValues ? values.filter(isPublic) : [];
    for (const { type, data } of shown) bytes += type.length + data.length + BYTES_OF_VALUE;
    if (bytes > MAX_BYTES) {
      throw tooMuch(`The records have more than ${MAX_BYTES} bytes: set limit to fewer of them`);
    }
    found.push({ handle, values: shown });
    if (found.length === count) break;
  }
  return found;
}

/**
 * Lists the handles whose records match all terms, as keys of the store, each once: prefix by prefix, in the order of
 * their bytes. Only values that are publicly readable and not of a reserved type are compared.
 *
 * @throws HandleError response code 400 if the searcher may search nothing, 4 if the search is too large; 501 if the store
 *   cannot search
 */
export async function searchHandles(
  context: OperationContext,
  input: SearchInput,
): Promise<readonly HandleKey[]> {
  return (await search(context, input, false)).map(({ handle }) => handle);
}

/**
 * Searches as {@link searchHandles}, and reads the publicly readable values of each record; an HS_SECKEY is none.
 *
 * @throws HandleError as `searchHandles` does, and response code 4 if the values have more than 16 MiB
 */
export async function searchRecords(
  context: OperationContext,
  input: SearchInput,
): Promise<readonly FoundRecord[]> {
  return search(context, input, true);
}
