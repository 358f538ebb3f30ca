import {
  decodeUtf8,
  foldCase,
  isHandleError,
  quoteForMessage,
  RESPONSE_CODES,
  statusOf,
} from "@handlekit/core";
import { isReservedType, type RecordValues } from "@handlekit/core/store";
import { jsonAnswer, unexpectedError } from "../http/answer.ts";
import type { Answer } from "../http/message.ts";
import { decodePath } from "../http/parsed-request.ts";
import type { SearchIdentification } from "../identify/search-login.ts";
import type { Page } from "../operations/context.ts";
import {
  assertSearchable,
  type Searcher,
  type SearchTerm,
  searchHandles,
  searchRecords,
} from "../operations/search-handles.ts";
import { refuse } from "../refuse.ts";
import type { ApiCall, ApiContext, Endpoint, HeaderLine } from "./context.ts";
import { RETRY_AFTER, reasonOf, tooManyFailures } from "./refusal.ts";

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 100_000;
const MAX_PATTERNS = 100;
/** Parameters that are no keys. The last one chose between SQL and Solr in the original, and has no meaning here. */
const PARAMETERS = new Set(["limit", "page", "retrieverecords", "enforcesql"]);
const LOSSY = new TextDecoder("utf-8", { ignoreBOM: true });

/** Returns an error as the servlet writes it: a text in quotes. */
function textAnswer(
  status: number,
  responseCode: number,
  message: string,
  headers: readonly HeaderLine[] = [],
): Answer {
  return { ...jsonAnswer(message, { status, headers }), responseCode };
}

function readNumber(query: URLSearchParams, name: string, byDefault: number): number {
  const text = query.get(name);
  if (text === null) return byDefault;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw refuse(RESPONSE_CODES.protocolError, `Invalid number: ${quoteForMessage(text)} (${name})`);
}

function readPage(query: URLSearchParams): Page {
  const pageSize = readNumber(query, "limit", DEFAULT_LIMIT);
  if (pageSize > MAX_LIMIT) {
    throw refuse(
      RESPONSE_CODES.protocolError,
      `Invalid number: ${pageSize} (limit); it is at most ${MAX_LIMIT}`,
    );
  }
  return { page: readNumber(query, "page", 0), pageSize };
}

/** Reads the keys with their patterns, in order; a repeated key is one term. */
function readTerms(query: URLSearchParams): readonly SearchTerm[] {
  const terms = new Map<string, string[]>();
  let count = 0;
  for (const [type, pattern] of query) {
    if (PARAMETERS.has(type)) continue;
    if (isReservedType(type)) {
      const message = `Searching via ${foldCase(type).slice(0, 100)} entries is not allowed!`;
      throw refuse(RESPONSE_CODES.protocolError, message);
    }
    if (++count > MAX_PATTERNS) {
      throw refuse(RESPONSE_CODES.protocolError, `A search has at most ${MAX_PATTERNS} patterns`);
    }
    const patterns = terms.get(type) ?? [];
    patterns.push(pattern);
    terms.set(type, patterns);
  }
  return [...terms].map(([type, patterns]) => ({ type, patterns }));
}

const shownValues = (values: RecordValues) =>
  values.map(({ type, data }) => ({ type, value: decodeUtf8(data) ?? LOSSY.decode(data) }));

async function find(context: ApiContext, { request, rest }: ApiCall, searcher: Searcher): Promise<Answer> {
  const prefix = decodePath(rest.slice(1));
  if (prefix.includes("/")) {
    return textAnswer(404, RESPONSE_CODES.protocolError, "The path ends with a prefix, which has no slash");
  }
  const { query } = request;
  const terms = readTerms(query);
  const page = readPage(query);
  const input = { searcher, terms, page, prefix: prefix === "" ? undefined : prefix };
  const needsRecords = query.get("retrieverecords")?.toLowerCase() === "true" && terms.length > 0;
  if (!needsRecords) return jsonAnswer(await searchHandles(context, input));
  if (terms.length > 1) {
    throw refuse(RESPONSE_CODES.protocolError, "A search with retrieverecords has only one key");
  }
  const found = await searchRecords(context, input);
  return jsonAnswer(Object.fromEntries(found.map(({ handle, values }) => [handle, shownValues(values)])));
}

/** Asks for Basic, but not browsers: they would keep the password. */
function loginNeeded({ basicInBrowsers }: ApiContext, { request }: ApiCall): Answer {
  const { authenticationNeeded } = RESPONSE_CODES;
  if (!request.connection.secure) {
    return textAnswer(403, authenticationNeeded, "A search needs a login, which is only accepted over HTTPS");
  }
  const asks = basicInBrowsers || request.headers["sec-fetch-mode"] === undefined;
  const headers = asks ? [["WWW-Authenticate", 'Basic realm="hrls"'] as const] : [];
  return textAnswer(
    401,
    authenticationNeeded,
    "A search needs a login with user and password (Basic)",
    headers,
  );
}

function failure(error: unknown): Answer {
  if (!isHandleError(error) || error.responseCode === undefined) return unexpectedError(error);
  const { responseCode, message, hint, retryable } = error;
  const text = [message, hint].filter(Boolean).join(" ");
  // A search that is too much for the store is not to be sent again as it is, which clients do after a 503.
  const isTooMuch = responseCode === RESPONSE_CODES.serverTooBusy && !retryable;
  const status = error.status ?? (isTooMuch ? 400 : statusOf(responseCode));
  const headers = retryable ? [RETRY_AFTER] : [];
  return { ...textAnswer(status, responseCode, text, headers), reason: reasonOf(error) };
}

/** Returns an endpoint for requests with a login that may search. */
function withLogin(
  answered: (context: ApiContext, call: ApiCall, searcher: Searcher) => Promise<Answer>,
): Endpoint {
  return async (context, call) => {
    let who: SearchIdentification = {};
    try {
      assertSearchable(context);
      who = await context.searchLogin(call.request);
      const { identity, scheme, account, failedLogin, retryAfter } = who;
      if (retryAfter !== undefined) return { ...tooManyFailures(retryAfter), failedLogin };
      const searcher = identity ? { identity } : account && { account };
      if (searcher === undefined) return { ...loginNeeded(context, call), failedLogin };
      return { ...(await answered(context, call, searcher)), identity, scheme, account: account?.username };
    } catch (error) {
      const { identity, scheme, account } = who;
      return { ...failure(error), identity, scheme, account: account?.username };
    }
  };
}

/**
 * /hrls/handles[/{prefix}]: searches as the reverse look-up servlet (HRLS) that B2HANDLE and PYHANDLE ask. It
 * authenticates by itself, because only Basic is accepted, with a password that may be percent-encoded.
 */
export const searchEndpoint: Endpoint = withLogin(find);

/** /hrls/ping: shows that the login is right. */
export const pingEndpoint: Endpoint = withLogin(async () => ({
  status: 200,
  headers: [["Content-Type", "text/plain;charset=utf-8"]],
  body: new TextEncoder().encode("OK\n"),
}));
