import { encodeUtf8, isHandleError, RESPONSE_CODES, statusOf } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { createLocations, formatLocations } from "@handlekit/loc";
import type { Answer, ServiceResponse } from "../http/message.ts";
import type { Mount } from "../http/mount.ts";
import { decodePath, flag, type ParsedRequest, readIndexes } from "../http/parsed-request.ts";
import type { ReadContext } from "../operations/context.ts";
import { selectValues } from "../operations/read-record.ts";
import { refuse } from "../refuse.ts";
import { appendToTarget, handlePath, headerSafe, withoutScheme } from "./addresses.ts";
import { chooseTarget, findTargets, type RedirectTarget, type Targets } from "./find-target.ts";
import { expiryOf, followAliases } from "./follow-aliases.ts";
import { html } from "./pages/html.ts";
import { createLinks, isolated, type Links } from "./pages/links.ts";
import { errorPage, formPage, redirectPage } from "./pages/page.ts";
import { recordPage } from "./pages/record-page.ts";

/** The surroundings of the resolver. */
export interface ResolverContext extends ReadContext, Mount {
  /** A number from 0 to below 1, for locations chosen by weight. */
  readonly random: () => number;
  /** Whether record pages link to /api/handles. */
  readonly api: boolean;
}

/** The methods of the resolver, in the order of `Allow`. */
export const RESOLVER_METHODS: readonly string[] = ["GET", "HEAD", "POST"];

/** The page for other methods. */
export function resolverMethodNotAllowed({ linkBase }: ResolverContext): Answer {
  const said = html`<p>Handles are resolved with GET, HEAD or POST.</p>`;
  return errorPage(createLinks(linkBase), 405, "Method not allowed", said, [
    ["Allow", RESOLVER_METHODS.join(", ")],
  ]);
}

/** One question to the resolver. */
interface Question {
  readonly handle: string;
  readonly parameters: URLSearchParams;
  /** The query that an alias hands on: empty, or with its question mark. */
  readonly query: string;
}

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*)(?::\d{1,5})?$/i;

function readQuestion(request: ParsedRequest): Question {
  const form = request.method === "POST" && request.mediaType === "application/x-www-form-urlencoded";
  const handle = withoutScheme(decodePath(request.path).replace(/^\//, ""));
  if (handle !== "" && !form) {
    return { handle, parameters: request.query, query: headerSafe(request.search) };
  }
  const parameters = new URLSearchParams(form ? request.parameters : request.query);
  const named = withoutScheme((parameters.get("hdl") ?? "").trim());
  parameters.delete("hdl");
  const rest = parameters.toString();
  return { handle: handle || named, parameters, query: rest === "" ? "" : `?${rest}` };
}

function select(values: RecordValues, parameters: URLSearchParams): RecordValues {
  try {
    return selectValues(values, { indexes: readIndexes(parameters), types: parameters.getAll("type") });
  } catch {
    throw refuse(RESPONSE_CODES.protocolError, "An index must be a whole number.");
  }
}

/** The header that says until when an answer may be kept. */
function expiresHeader(expiry: number): readonly [string, string] {
  return ["Expires", new Date(expiry).toUTCString()];
}

function redirectToAlias(
  { linkBase, origin }: ResolverContext,
  { headers, connection }: ParsedRequest,
  path: string,
  expiry: number,
): Answer {
  const { host = "" } = headers;
  const seen = HOST.test(host) ? `${connection.secure ? "https" : "http"}://${host}` : "";
  return {
    status: 301,
    headers: [["Location", `${origin ?? seen}${linkBase}${path}`], expiresHeader(expiry)],
    body: new Uint8Array(),
  };
}

function redirectToTarget(target: RedirectTarget, append: string, now: number): Answer {
  const url = append === "" ? target.url : appendToTarget(target.url, append);
  if (url === undefined) {
    throw refuse(
      RESPONSE_CODES.protocolError,
      "What urlappend adds would lead to another server than the handle does.",
    );
  }
  return redirectPage(url, [["Location", url], expiresHeader(expiryOf(target.value, now))]);
}

/** `action=showurls`: every URL that a record offers, as a list in XML. */
function showUrls(targets: Targets | undefined): Answer {
  const children = (targets?.locations.entries ?? []).map(({ attributes }) => ({
    type: "element" as const,
    name: "location",
    attributes,
    children: [],
  }));
  const { element, entries } = createLocations();
  const headers: ServiceResponse["headers"] = [
    ["Content-Type", "text/xml;charset=utf-8"],
    ["X-Content-Type-Options", "nosniff"],
    ["Vary", "Accept-Encoding, User-Agent"],
  ];
  return {
    status: 200,
    headers,
    body: encodeUtf8(formatLocations({ entries, element: { ...element, children } })),
  };
}

/** The page for an error of resolving. One that is no refusal is logged and answered with 500. */
function refusalPage({ log }: ResolverContext, links: Links, error: unknown): Answer {
  if (!isHandleError(error) || error.responseCode === undefined) {
    log?.error("unexpected error", { error });
    const said = html`<p>The handle could not be looked up. Try again later.</p>`;
    return errorPage(links, 500, "Something went wrong", said);
  }
  const { handle = "", message, responseCode } = error;
  const status = statusOf(responseCode);
  if (responseCode === RESPONSE_CODES.handleNotFound) {
    const said = html`<p>The handle you requested, <strong>${isolated(handle)}</strong>, cannot be found here.</p>`;
    return { ...errorPage(links, status, message || "Not found", said), responseCode };
  }
  if (responseCode === RESPONSE_CODES.serverNotResponsible) {
    const elsewhere = `https://hdl.handle.net${handlePath(handle)}`;
    const said = html`<p>This server does not keep the handles of that prefix, so it cannot say where
<strong>${isolated(handle)}</strong> leads.</p>
<p><a href="${elsewhere}" rel="noopener noreferrer nofollow">Ask the global resolver, hdl.handle.net</a></p>`;
    return { ...errorPage(links, status, "Not kept on this server", said), responseCode };
  }
  return { ...errorPage(links, status, "Cannot be resolved", html`<p>${message}</p>`), responseCode };
}

/**
 * Creates the resolver: redirects `/{handle}` to where the handle leads, and shows its record when that is nowhere, or
 * when `noredirect` asks for it.
 *
 * @returns a function that answers any request below the base path; it never throws
 */
export function createResolver(context: ResolverContext): (request: ParsedRequest) => Promise<Answer> {
  const { random, api, now, log } = context;
  const links = createLinks(context.linkBase);

  const resolve = async (
    request: ParsedRequest,
    { handle, parameters, query }: Question,
  ): Promise<Answer> => {
    if (handle === "") return formPage(links);
    const found = await followAliases(context, handle, flag(parameters, "ignore_aliases") ?? false);
    const noRedirect = flag(parameters, "noredirect") ?? false;
    if (found.aliasExpiry !== undefined && !noRedirect) {
      return redirectToAlias(context, request, `${handlePath(found.handle)}${query}`, found.aliasExpiry);
    }

    const values = select(found.values, parameters);
    const targets = findTargets(values, log);
    if (parameters.get("action") === "showurls") return showUrls(targets);
    const target =
      noRedirect || targets === undefined
        ? undefined
        : chooseTarget(targets, parameters.getAll("locatt"), random);
    if (target !== undefined) return redirectToTarget(target, parameters.get("urlappend") ?? "", now());
    const selected = parameters.has("index") || parameters.has("type");
    const leads = (selected ? findTargets(found.values, undefined) : targets) !== undefined;
    const alias = found.aliasExpiry === undefined ? undefined : handle;
    return recordPage({ handle: found.handle, alias, values, selected, leads, api }, links);
  };

  return async (request) => {
    let handle: string | undefined;
    try {
      const question = readQuestion(request);
      handle = question.handle;
      return { ...(await resolve(request, question)), handle };
    } catch (error) {
      return { ...refusalPage(context, links, error), handle };
    }
  };
}
