import { RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { selectValues } from "../handles/read-handle.ts";
import { refuse } from "../handles/refuse.ts";
import { readParameters } from "../parameters.ts";
import { decodePath, flag, parseTarget } from "../target.ts";
import { expiresHeader, expiryOf } from "./expires.ts";
import { chooseTarget, findTargets, type Target } from "./find-target.ts";
import { type FoundRecord, followAliases } from "./follow-aliases.ts";
import { handlePath, withoutScheme } from "./handle-path.ts";
import { errorPage } from "./pages/error-page.ts";
import { formPage } from "./pages/form-page.ts";
import { html } from "./pages/html.ts";
import { redirectPage } from "./pages/page.ts";
import { recordPage } from "./pages/record-page.ts";
import { appendToTarget, headerSafe } from "./redirect-target.ts";
import { refusalPage } from "./refusal-page.ts";
import type { ResolverContext } from "./resolver-context.ts";
import { showUrls } from "./show-urls.ts";

/** How a resolver goes about it. */
export interface ResolverOptions {
  /** A number from 0 to below 1, for locations chosen by weight. Default `Math.random`. */
  readonly random?: () => number;
  /** Whether record pages link to /api/handles. Default true. */
  readonly api?: boolean;
}

/** One question to the resolver. */
interface Question {
  readonly handle: string;
  readonly parameters: URLSearchParams;
  /** What an alias hands on: empty, or with its question mark. */
  readonly query: string;
}

const ALLOWED = "GET, HEAD, POST";
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*)(?::\d{1,5})?$/i;

function isForm(request: ServiceRequest): boolean {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return request.method === "POST" && type === "application/x-www-form-urlencoded";
}

function readQuestion(request: ServiceRequest): Question {
  const form = isForm(request);
  const parameters = readParameters(request, form);
  const handle = withoutScheme(decodePath(parseTarget(request.target).path).replace(/^\//, ""));
  const mark = request.target.indexOf("?");
  if (handle !== "" && !form) {
    return { handle, parameters, query: mark < 0 ? "" : headerSafe(request.target.slice(mark)) };
  }
  const named = withoutScheme((parameters.get("hdl") ?? "").trim());
  parameters.delete("hdl");
  const rest = parameters.toString();
  return { handle: handle || named, parameters, query: rest === "" ? "" : `?${rest}` };
}

function select(values: RecordValues, parameters: URLSearchParams): RecordValues {
  try {
    return selectValues(values, parameters);
  } catch {
    throw refuse(RESPONSE_CODES.protocolError, "An index must be a whole number.");
  }
}

function redirectToAlias(
  request: ServiceRequest,
  { handle }: FoundRecord,
  expiry: number,
  query: string,
): ServiceResponse {
  const { host = "" } = request.headers;
  const origin = HOST.test(host) ? `${request.connection.secure ? "https" : "http"}://${host}` : "";
  return {
    status: 301,
    headers: [["Location", `${origin}${handlePath(handle)}${query}`], expiresHeader(expiry)],
    body: new Uint8Array(),
  };
}

function redirectToTarget(target: Target, append: string, now: number): ServiceResponse {
  const url = append === "" ? target.url : appendToTarget(target.url, append);
  if (url === undefined) {
    throw refuse(
      RESPONSE_CODES.protocolError,
      "What urlappend adds would lead to another server than the handle does.",
    );
  }
  return redirectPage(url, [["Location", url], expiresHeader(expiryOf(target.value, now))]);
}

/**
 * The resolver: redirects `/{handle}` to where the handle leads, and shows its record when that is nowhere, or when
 * `noredirect` asks for it.
 *
 * @returns a function that answers any request; it never throws
 */
export function createResolver(
  context: ResolverContext,
  options: ResolverOptions = {},
): (request: ServiceRequest) => Promise<ServiceResponse> {
  const { random = Math.random, api = true } = options;

  const resolve = async (request: ServiceRequest): Promise<ServiceResponse> => {
    if (!ALLOWED.split(", ").includes(request.method)) {
      const said = html`<p>Handles are resolved with GET, HEAD or POST.</p>`;
      return errorPage(405, "Method not allowed", said, [["Allow", ALLOWED]]);
    }
    const { handle, parameters, query } = readQuestion(request);
    if (handle === "") return formPage();

    const found = await followAliases(context, handle, flag(parameters, "ignore_aliases") ?? false);
    const noRedirect = flag(parameters, "noredirect") ?? false;
    if (found.aliasExpiry !== undefined && !noRedirect) {
      return redirectToAlias(request, found, found.aliasExpiry, query);
    }

    const values = select(found.values, parameters);
    const targets = findTargets(values, context.log);
    if (parameters.get("action") === "showurls") return showUrls(targets);
    const target =
      noRedirect || targets === undefined
        ? undefined
        : chooseTarget(targets, parameters.getAll("locatt"), random);
    if (target !== undefined) {
      return redirectToTarget(target, parameters.get("urlappend") ?? "", context.now());
    }
    const selected = parameters.has("index") || parameters.has("type");
    return recordPage({
      handle: found.handle,
      ...(found.aliasExpiry === undefined ? {} : { alias: handle }),
      values,
      selected,
      leads: (selected ? findTargets(found.values, undefined) : targets) !== undefined,
      api,
    });
  };

  return async (request) => {
    try {
      return await resolve(request);
    } catch (error) {
      return refusalPage(context, error);
    }
  };
}
