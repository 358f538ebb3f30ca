import { encodeBasic } from "@handlekit/auth/wire";
import {
  type AuthStrategy,
  decodeUtf8,
  foldCase,
  HandleError,
  prefixOf,
  quoteForMessage,
  type Secret,
} from "@handlekit/core";
import type { ClientSettings } from "./settings.ts";
import type { CallOptions } from "./types.ts";
import { readServer } from "./url.ts";

/** What to look for: patterns by type, all of which must fit; `*` stands for anything. */
export type SearchTerms = Readonly<Record<string, string>>;

/** How to search. */
export interface SearchHandlesOptions extends CallOptions {
  /** Only handles of this prefix. */
  readonly prefix?: string;
  /** At most this many a page; the servlet's default is 1000, its maximum 100,000. */
  readonly limit?: number;
  /** From 0. Default 0. */
  readonly page?: number;
}

/**
 * Searches the reverse look-up servlet.
 *
 * @throws HandleError `invalid_options` when there is no servlet, no term, or a key that may not be searched for;
 *   `insecure_connection` when its address is not https; `authentication_failed`; `protocol_error` when the address is not
 *   a servlet's
 */
export type SearchHandles = (
  terms: SearchTerms,
  options?: SearchHandlesOptions,
) => Promise<readonly string[]>;

const EXTENSION = "/hrls/handles";

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

function readTerms(terms: SearchTerms, allowed: readonly string[] | undefined): [string, string][] {
  const entries = Object.entries(terms).filter(([, pattern]) => pattern !== undefined && pattern !== null);
  if (entries.length === 0) {
    throw new HandleError("invalid_options", {
      message: "There is nothing to search for.",
      hint: 'Give at least one type and a pattern, for example { URL: "*example.org*" }.',
    });
  }
  const refused = allowed?.length ? entries.find(([key]) => !allowed.includes(key)) : undefined;
  if (refused) {
    throw new HandleError("invalid_options", {
      message: `The key ${quoteForMessage(refused[0])} may not be searched for; allowed are ${allowed?.join(", ")}.`,
      hint: "allowedSearchKeys (allowed_search_keys) lists them; an empty list allows all.",
    });
  }
  return entries.map(([key, pattern]) => [key, String(pattern)]);
}

/** Basic for a user name that need not be `index:prefix/suffix`; percent-encoded, as B2HANDLE sends it. */
function servletLogin(base: string, username: string, password: Secret): AuthStrategy {
  return {
    scheme: "basic",
    origins: [new URL(base).origin],
    authenticate(request) {
      const authorization = encodeBasic(username, password.reveal());
      return { ...request, headers: { ...request.headers, authorization } };
    },
  };
}

/** Makes the search of a client; see `HandleClient.search`. */
export function createSearch(settings: ClientSettings): SearchHandles {
  const { search, transport, server, allowedSearchKeys } = settings;
  const base = readServer(search.baseUrl ?? server);
  const { username, password } = search;
  const strategy =
    username !== undefined && password !== undefined ? servletLogin(base, username, password) : undefined;

  return async (terms, how = {}) => {
    const entries = readTerms(terms, allowedSearchKeys);
    if (strategy === undefined) {
      throw new HandleError("invalid_options", {
        message: "Searching is not set up: the reverse look-up servlet wants a user and a password.",
        hint: "Give reverselookup_username and reverselookup_password (or username and password), and reverselookup_baseuri.",
      });
    }
    const query = new URLSearchParams(entries);
    if (how.limit !== undefined) query.append("limit", String(how.limit));
    if (how.page !== undefined) query.append("page", String(how.page));
    const path = [
      base,
      trimmed(search.urlExtension ?? EXTENSION),
      ...(how.prefix ? [encodeURIComponent(how.prefix)] : []),
    ];
    const url = `${path.join("/")}?${query}`;
    const response = await transport.send(
      { method: "GET", url, headers: { accept: "application/json" } },
      { strategy, ...(how.signal ? { signal: how.signal } : {}) },
    );
    const found = readResult(response.status, response.body, new URL(url));
    // Not every servlet heeds the prefix in its address.
    const { prefix } = how;
    return prefix ? found.filter((handle) => foldCase(prefixOf(handle)) === foldCase(prefix)) : found;
  };
}

function readResult(
  status: number,
  body: Uint8Array | undefined,
  { origin, pathname }: URL,
): readonly string[] {
  if (status === 401 || status === 403) {
    throw new HandleError("authentication_failed", {
      message: `The reverse look-up servlet of ${origin} did not accept the login.`,
      hint: "It may want another user than the handle server: reverselookup_username and reverselookup_password.",
      status,
    });
  }
  const text = body === undefined ? "" : (decodeUtf8(body) ?? "");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // said below
  }
  if (status === 200 && Array.isArray(json) && json.every((item) => typeof item === "string")) return json;
  if (status === 429 || status === 503) {
    throw new HandleError("server_busy", {
      message: `The reverse look-up servlet of ${origin} is too busy (HTTP ${status}).`,
      hint: "Try again later.",
      status,
      retryable: true,
    });
  }
  const unknownField = /undefined field[: ]+"?([\w./-]{1,80})/i.exec(text.slice(0, 100_000))?.[1];
  if (unknownField !== undefined) {
    throw new HandleError("invalid_options", {
      message: `The reverse look-up servlet of ${origin} does not search the type ${quoteForMessage(unknownField)}.`,
      hint: "Search for a type that it indexes, such as URL or CHECKSUM.",
      status,
    });
  }
  throw new HandleError(status >= 500 ? "server_error" : "protocol_error", {
    message: `${origin}${pathname} (HTTP ${status}) did not answer a search with a list of handles.`,
    hint: "Check reverselookup_baseuri and reverselookup_url_extension: it must be the servlet's address, not the handle API's.",
    status,
  });
}
