import { encodeBasic } from "@handlekit/auth/wire";
import {
  type AuthStrategy,
  checkOptions,
  encodeUtf8,
  HandleError,
  type HandleErrorCode,
  invalidOptions,
  printable,
  quoteForMessage,
  type Secret,
} from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import { TEXT } from "../check-call.ts";
import { isBusy } from "../connection/failures.ts";
import { readJson } from "../connection/response.ts";
import { readServer, trimSlashes } from "../connection/url.ts";

/** The reverse look-up servlet (HRLS) and its login. */
export interface SearchServlet {
  /** Its address, or that of its host. Default: the handle server. */
  readonly baseUrl?: string | undefined;
  /** The path below `baseUrl`. Default "/hrls/handles". */
  readonly urlExtension?: string | undefined;
  /** Any name; it need not be `index:prefix/suffix`. */
  readonly username?: string | undefined;
  readonly password?: string | Secret | undefined;
}

/** One page of a search. */
export interface ServletQuery {
  /** Types and patterns; a handle must match all of them. */
  readonly terms: readonly (readonly [type: string, pattern: string])[];
  readonly prefix: string | undefined;
  readonly limit: number | undefined;
  /** From 0. */
  readonly page: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Resolves to the handles of one page, as the servlet lists them. */
export type FetchPage = (query: ServletQuery) => Promise<readonly string[]>;

const EXTENSION = "/hrls/handles";
/** The length of what a servlet says in an error. */
const MAX_WORDS = 300;

/** @throws HandleError `invalid_options` */
export function checkServlet(servlet: SearchServlet): void {
  checkOptions("createClient: search", servlet, {
    baseUrl: TEXT,
    urlExtension: TEXT,
    username: TEXT,
    password: ["string", "object", "undefined"],
  });
}

/** Basic authentication with any user name; percent-encoded, as B2HANDLE sends it. */
function servletLogin(base: string, username: string, password: string | Secret): AuthStrategy {
  const bytes = () => (typeof password === "string" ? encodeUtf8(password) : password.reveal());
  return {
    scheme: "basic",
    origins: [new URL(base).origin],
    authenticate(request) {
      const authorization = encodeBasic(username, bytes());
      return { ...request, headers: { ...request.headers, authorization } };
    },
  };
}

/**
 * Opens the search servlet of a client; nothing is sent.
 *
 * @param server the handle server, the default for the servlet's address
 * @returns undefined without a user and a password: the servlet requires them
 * @throws HandleError `invalid_options` if the address is not a URL
 */
export function openServlet(
  { baseUrl, urlExtension = EXTENSION, username, password }: SearchServlet,
  server: string,
  transport: Transport,
): FetchPage | undefined {
  const base = readServer(baseUrl ?? server);
  if (username === undefined || password === undefined) return undefined;
  const strategy = servletLogin(base, username, password);
  let takesPrefix = true;
  const fetchPage: FetchPage = async ({ terms, prefix, limit, page, signal }) => {
    const query = new URLSearchParams(terms.map(([type, pattern]) => [type, pattern]));
    if (limit !== undefined) query.append("limit", String(limit));
    if (page !== undefined) query.append("page", String(page));
    const within = prefix && takesPrefix ? [encodeURIComponent(prefix)] : [];
    const url = `${[base, trimSlashes(urlExtension), ...within].join("/")}?${query}`;
    const headers = { accept: "application/json" };
    const response = await transport.send({ method: "GET", url, headers }, { strategy, signal });
    const found = readJson(response.body);
    const { status } = response;
    if (status === 200 && Array.isArray(found) && found.every((item) => typeof item === "string")) {
      return found;
    }
    if (status === 404 && within.length > 0) {
      // Older servlets have no path for a prefix: the whole is asked for, and the caller leaves out other prefixes.
      takesPrefix = false;
      return fetchPage({ terms, prefix, limit, page, signal });
    }
    const words = typeof found === "string" ? printable(found.slice(0, MAX_WORDS)) : undefined;
    throw failureOf(status, words, response.body, new URL(url));
  };
  return fetchPage;
}

/** The codes of the statuses with which a servlet refuses a search in its own words. */
const REFUSALS: Readonly<Record<number, HandleErrorCode>> = {
  400: "invalid_options",
  403: "permission_denied",
  501: "not_supported",
};

/** @param words what the servlet says, as a JSON string */
function failureOf(
  status: number,
  words: string | undefined,
  body: Uint8Array | undefined,
  { origin, pathname }: URL,
): HandleError {
  const refusal = words === undefined ? undefined : REFUSALS[status];
  if (refusal !== undefined) {
    return new HandleError(refusal, {
      message: `The reverse look-up servlet of ${origin} refuses the search: ${words?.replace(/[.!]+$/, "")}.`,
      hint:
        refusal === "permission_denied"
          ? "An identity needs LIST_HANDLES in the record of the prefix handle (0.NA/prefix); a server may also have accounts for searching."
          : undefined,
      status,
    });
  }
  if (status === 401 || status === 403) {
    return new HandleError("authentication_failed", {
      message: `The reverse look-up servlet of ${origin} did not accept the login.`,
      hint: "It may have users of its own: reverselookup_username and reverselookup_password.",
      status,
    });
  }
  if (isBusy(status)) {
    return new HandleError("server_busy", {
      message: `The reverse look-up servlet of ${origin} is too busy (HTTP ${status})${words === undefined ? "." : `: ${words}`}`,
      hint: "Try again later.",
      status,
      retryable: true,
    });
  }
  const text = new TextDecoder().decode(body?.subarray(0, 100_000));
  const unknownField = /undefined field[: ]+"?([\w./-]{1,80})/i.exec(text)?.[1];
  if (unknownField !== undefined) {
    return new HandleError("invalid_options", {
      message: `The reverse look-up servlet of ${origin} does not search the type ${quoteForMessage(unknownField)}.`,
      hint: "Search for a type that it indexes, such as URL or CHECKSUM.",
      status,
    });
  }
  return new HandleError(status >= 500 ? "server_error" : "protocol_error", {
    message: `${origin}${pathname} (HTTP ${status}) did not answer a search with a list of handles.`,
    hint: "Check reverselookup_baseuri and reverselookup_url_extension: they must be the address of the servlet, not of the handle API.",
    status,
  });
}

/** The error for a search without a servlet. */
export function notSetUp(caller: string): HandleError {
  return invalidOptions(
    `${caller}: searching is not set up, because the reverse look-up servlet requires a user and a password.`,
    "Give reverselookup_username and reverselookup_password (or username and password), and reverselookup_baseuri.",
  );
}
