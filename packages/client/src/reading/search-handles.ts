import { checkArgument, hasLoneSurrogate, invalidOptions, quoteForMessage } from "@handlekit/core";
import { checkCallOptions, checkCount, checkPlainObject, NUMBER, TEXT } from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import type { ClientSettings } from "../settings.ts";
import { createPageMemory, ofPrefix } from "./pages.ts";
import { type FetchPage, notSetUp, openServlet } from "./search-servlet.ts";

/** Patterns by type, all of which must match; `*` stands for any characters. */
export type SearchTerms = Readonly<Record<string, string | number>>;

/** Options of a search. */
export interface SearchOptions extends CallOptions {
  /** Only handles of this prefix. */
  readonly prefix?: string | undefined;
  /** The number of handles per request, 1 to 100,000. Default 1000. */
  readonly pageSize?: number | undefined;
}

/** Options of a search for one page. */
export interface PageOptions extends CallOptions {
  readonly prefix?: string | undefined;
  /** Default: the servlet's, 1000. */
  readonly limit?: number | undefined;
  /** From 0. */
  readonly page?: number | undefined;
}

/** The searches of a client. */
export interface Search {
  /** Lists the handles that match, page by page; see `HandleClient.search`. */
  handles(terms: SearchTerms, options?: SearchOptions): AsyncIterable<string>;
  /** Resolves to the handles of one page. */
  page(terms: SearchTerms, options: PageOptions): Promise<readonly string[]>;
}

const CALLER = "search";
const DEFAULT_PAGE_SIZE = 1000;
const MAX_PAGE_SIZE = 100_000;
/** Parameters of the servlet that are not types. */
const PARAMETERS: ReadonlySet<string> = new Set(["limit", "page", "retrieverecords", "enforcesql"]);

function readTerms(terms: SearchTerms, allowed: readonly string[] | undefined): [string, string][] {
  checkArgument(CALLER, "terms", terms, ["object"]);
  checkPlainObject(CALLER, "terms", terms);
  const entries = Object.entries(terms).filter(([, pattern]) => pattern !== undefined && pattern !== null);
  if (entries.length === 0) {
    throw invalidOptions(
      `${CALLER}: terms is empty; there is nothing to search for.`,
      'Give at least one type and a pattern, for example { URL: "*example.org*" }.',
    );
  }
  for (const [type, pattern] of entries) {
    checkArgument(CALLER, `the pattern for ${quoteForMessage(type)} in terms`, pattern, ["string", "number"]);
    if (PARAMETERS.has(type)) {
      throw invalidOptions(
        `${CALLER}: terms has ${quoteForMessage(type)}, which is a parameter of the servlet and not a type.`,
        "The number of handles is an option.",
      );
    }
    if (allowed?.length && !allowed.includes(type)) {
      throw invalidOptions(
        `${CALLER}: the type ${quoteForMessage(type)} in terms may not be searched; allowed are ${allowed.join(", ")}.`,
        type === "prefix"
          ? "The prefix of the handles is an option and comes second: { prefix }."
          : "allowedSearchKeys (allowed_search_keys) lists the allowed types; an empty list allows all.",
      );
    }
  }
  return entries.map(([type, pattern]) => [type, String(pattern)]);
}

async function* allPages(
  fetchPage: FetchPage,
  terms: readonly [string, string][],
  { prefix, pageSize = DEFAULT_PAGE_SIZE, signal }: SearchOptions,
): AsyncGenerator<string> {
  const isRepeated = createPageMemory();
  let previous: ReadonlySet<string> = new Set();
  for (let page = 0; ; page++) {
    const found = await fetchPage({ terms, prefix, limit: pageSize, page, signal });
    // A servlet that ignores `page` gives the same handles again, one that ignores `limit` another number of them.
    if (found.every((handle) => previous.has(handle)) || (await isRepeated(found))) return;
    // Some servlets also list the handles of prefixes that begin with this one.
    yield* ofPrefix(found, prefix);
    if (found.length !== pageSize) return;
    previous = new Set(found);
  }
}

/** Creates the searches of a client. */
export function createSearch({ search, server, transport, allowedSearchKeys }: ClientSettings): Search {
  const fetchPage = openServlet(search, server, transport);
  const prepare = (terms: SearchTerms, prefix: string | undefined) => {
    const entries = readTerms(terms, allowedSearchKeys);
    if (prefix !== undefined && hasLoneSurrogate(prefix)) {
      throw invalidOptions(
        `${CALLER}: the option prefix has a lone surrogate; half of a character was cut off.`,
        "Give a prefix, such as 20.500.12345.",
      );
    }
    if (fetchPage === undefined) throw notSetUp(CALLER);
    return { entries, fetchPage };
  };
  return {
    handles(terms, options = {}) {
      checkCallOptions(CALLER, options, { prefix: TEXT, pageSize: NUMBER });
      checkCount(CALLER, "the option pageSize", options.pageSize, 1, MAX_PAGE_SIZE);
      const { entries, fetchPage } = prepare(terms, options.prefix);
      return allPages(fetchPage, entries, options);
    },
    async page(terms, { prefix, limit, page, signal }) {
      const { entries, fetchPage } = prepare(terms, prefix);
      return ofPrefix(await fetchPage({ terms: entries, prefix, limit, page, signal }), prefix);
    },
  };
}
