import { encodeUtf8, isHandleError, RESPONSE_CODES, statusOf } from "@handlekit/core";
import { type Candidate, chooseCandidate } from "@handlekit/loc";
import { findForbidden, replaceForbidden } from "@handlekit/xml";
import { writeXml } from "@handlekit/xml/reader";
import type { Answer, ServiceResponse } from "../http/message.ts";
import type { Mount } from "../http/mount.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import type { RecordAnswers } from "../http/record-answer.ts";
import type { ReadContext } from "../operations/context.ts";
import { handlePath, isInRange, redirectTarget } from "./addresses.ts";
import { followAliases } from "./follow-aliases.ts";
import { negotiate } from "./negotiate.ts";
import { html } from "./pages/html.ts";
import { createLinks, isolated, type Links } from "./pages/links.ts";
import { errorPage, formPage } from "./pages/page.ts";
import { recordPage } from "./pages/record-page.ts";
import { type Question, readQuestion } from "./question.ts";
import { createRedirects } from "./redirect.ts";
import { createFindTargets, type Targets } from "./targets.ts";

/** The surroundings of the resolver. */
export interface ResolverContext extends ReadContext, Mount {
  /** A number from 0 to below 1, for locations chosen by weight. */
  readonly random: () => number;
  readonly recordAnswer: RecordAnswers;
  /** Whether record pages link to /api/handles. */
  readonly api: boolean;
}

/** No request line is longer, so that none with more characters can be created. */
const MAX_HANDLE_LENGTH = 8192;

/** The methods of the resolver, in the order of `Allow`. */
export const RESOLVER_METHODS: readonly string[] = ["GET", "HEAD", "POST"];

/** The page for other methods. */
export function resolverMethodNotAllowed({ linkBase }: ResolverContext): Answer {
  const said = html`<p>Handles are resolved with GET, HEAD or POST.</p>`;
  return errorPage(createLinks(linkBase), 405, "Method not allowed", said, [
    ["Allow", RESOLVER_METHODS.join(", ")],
  ]);
}

/** The candidate that a request is led to; the first one when there are no locations. */
function chooseTarget(
  { random }: ResolverContext,
  { followed, hasLocations }: Targets,
  { headers, connection }: ParsedRequest,
  { action, locatt, country }: Question,
): Candidate | undefined {
  if (!hasLocations) return followed.list[0];
  const metadata = action === "metadata";
  return chooseCandidate(followed, {
    locatt: [...locatt, ...(metadata ? ["role:metadata"] : []), ...negotiate(headers, !metadata)],
    isFrom: (range) => isInRange(connection.remoteAddress, range),
    country,
    random,
  });
}

/** A name that an attribute of the list can have; a record may have others. */
const ATTRIBUTE = /^[A-Za-z_][\w.-]*$/;

/** `action=showurls`: every URL that a record offers to follow, as a list in XML. */
function showUrls({ followed }: Targets): Answer {
  const children = followed.list.map(({ url = "", entry }) => {
    const href = findForbidden(url) === undefined ? url : (redirectTarget(url.trim()) ?? "");
    const attributes = [...entry.attributes].filter(
      ([name]) => name !== "href" && name !== "href_template" && ATTRIBUTE.test(name),
    );
    const shown = attributes.map(([name, value]) => [name, replaceForbidden(value)] as const);
    return {
      type: "element" as const,
      name: "location",
      attributes: new Map([...shown, ["href", href]] as const),
      children: [],
    };
  });
  const list = {
    type: "element" as const,
    name: "locations",
    attributes: new Map<string, string>(),
    children,
  };
  const headers: ServiceResponse["headers"] = [
    ["Content-Type", "text/xml;charset=utf-8"],
    ["Vary", "Accept-Encoding, User-Agent"],
  ];
  return { status: 200, headers, body: encodeUtf8(writeXml(list)) };
}

/** The page for an error of resolving. One that is no refusal is answered with 500. */
function refusalPage(links: Links, error: unknown): Answer {
  if (!isHandleError(error) || error.responseCode === undefined) {
    const said = html`<p>The handle could not be looked up. Try again later.</p>`;
    return { ...errorPage(links, 500, "Something went wrong", said), error };
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
 * when the request asks for it.
 *
 * @returns a function that answers any request below the base path; it never throws
 */
export function createResolver(context: ResolverContext): (request: ParsedRequest) => Promise<Answer> {
  const { api } = context;
  const links = createLinks(context.linkBase);
  const findTargets = createFindTargets();
  const redirects = createRedirects(context);

  const resolve = async (request: ParsedRequest, question: Question): Promise<Answer> => {
    const { handle, action, selection } = question;
    if (handle === "") return formPage(links);
    if (handle.length > MAX_HANDLE_LENGTH) {
      const said = html`<p>No handle has ${handle.length} characters. What was sent is not one.</p>`;
      return { ...errorPage(links, 404, "Not found", said), responseCode: RESPONSE_CODES.handleNotFound };
    }
    const found = await followAliases(context, question);
    const { aliases, values, all } = found;
    const isRedirect = action === "redirect" || action === "metadata";
    if (aliases.length > 0 && isRedirect && request.method !== "POST") {
      return redirects.toAlias(request, found, question.query);
    }
    // As /api/handles answers it.
    if (action === "api") return context.recordAnswer(found.handle, values, { keep: values === all });

    const targets = await findTargets(context, found.handle, values, values === all);
    if (action === "showurls" && targets !== undefined && targets.followed.list.length > 0) {
      return showUrls(targets);
    }
    const chosen = isRedirect && targets ? chooseTarget(context, targets, request, question) : undefined;
    if (targets !== undefined && chosen !== undefined) {
      return redirects.toTarget(request, { targets, chosen, urlappend: question.urlappend, aliases });
    }
    const selected = selection.indexes.length > 0 || selection.types.length > 0;
    const offered = selected
      ? await findTargets({ ...context, log: undefined }, found.handle, all, true)
      : targets;
    const leads = (offered?.followed.list.length ?? 0) > 0;
    const alias = aliases.length === 0 ? undefined : handle;
    return recordPage({ handle: found.handle, alias, values, selected, leads, api }, links);
  };

  return async (request) => {
    let handle: string | undefined;
    try {
      const question = readQuestion(request);
      handle = question.handle;
      return { ...(await resolve(request, question)), handle };
    } catch (error) {
      return { ...refusalPage(links, error), handle };
    }
  };
}
