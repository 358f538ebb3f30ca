import { RESPONSE_CODES } from "@handlekit/core";
import type { Candidate } from "@handlekit/loc";
import { createDerived } from "../derived.ts";
import type { Answer, ServiceResponse } from "../http/message.ts";
import type { Mount } from "../http/mount.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import { refuse } from "../refuse.ts";
import { handlePath, hasSameOrigin, redirectTarget } from "./addresses.ts";
import { expiryOf, type FoundRecord } from "./follow-aliases.ts";
import { linkHeaders } from "./link-headers.ts";
import { redirectPage } from "./pages/page.ts";
import type { Targets } from "./targets.ts";

/** Where a request is redirected to. */
export interface RedirectInput {
  readonly targets: Targets;
  readonly chosen: Candidate;
  readonly urlappend: string;
  readonly aliases: FoundRecord["aliases"];
}

/** Creates the redirects of a resolver. */
export interface Redirects {
  /** Redirects to the handle that an alias leads to. */
  toAlias(request: ParsedRequest, found: FoundRecord, query: string): Answer;
  /**
   * Redirects to a candidate.
   *
   * @throws HandleError with response code 4 when `urlappend` would change the server
   */
  toTarget(request: ParsedRequest, input: RedirectInput): Answer;
}

/** Where a candidate leads, and the page that says so. */
interface Destination {
  readonly location: string;
  readonly page: ServiceResponse;
}

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*)(?::\d{1,5})?$/i;

/** Returns a function that formats the Expires header, each second once while its answers are alike. */
function createExpiresHeader(): (expiry: number) => readonly [string, string] {
  let second = Number.NaN;
  let header: readonly [string, string] = ["Expires", ""];
  return (expiry) => {
    const asked = Math.floor(expiry / 1000);
    if (asked !== second) {
      second = asked;
      header = ["Expires", new Date(expiry).toUTCString()];
    }
    return header;
  };
}

function destinationOf(chosen: Candidate, urlappend: string): Destination {
  const target = chosen.url?.trim() ?? "";
  const url = `${target}${urlappend}`;
  const location = redirectTarget(url);
  if (location === undefined || (urlappend !== "" && !hasSameOrigin(target, url))) {
    throw refuse(
      RESPONSE_CODES.protocolError,
      "With urlappend the address would lead to another server than the handle does.",
    );
  }
  return { location, page: redirectPage(url, 302, []) };
}

/** Creates the redirects, which keep the pages of candidates that are found again. */
export function createRedirects({
  linkBase,
  origin,
  now,
}: Pick<Mount, "linkBase" | "origin"> & { readonly now: () => number }): Redirects {
  const expiresHeader = createExpiresHeader();
  const known = createDerived<Candidate, Destination>();

  /** Candidates without locations may be the same objects for the next request. */
  const knownDestination = (chosen: Candidate): Destination => {
    const found = known.get(chosen);
    if (found !== undefined) return found;
    const destination = destinationOf(chosen, "");
    known.set(chosen, destination);
    return destination;
  };

  return {
    toAlias({ headers, connection }, { handle, aliases }, query) {
      const { host = "" } = headers;
      const seen = HOST.test(host) ? `${connection.secure ? "https" : "http"}://${host}` : "";
      return {
        status: 301,
        headers: [
          ["Location", `${origin ?? seen}${linkBase}${handlePath(handle)}${query}`],
          expiresHeader(expiryOf(aliases, now())),
        ],
        body: new Uint8Array(),
      };
    },

    toTarget({ httpVersion }, { targets, chosen, urlappend, aliases }) {
      const { candidates, values, related, hasLocations } = targets;
      const { location, page } =
        hasLocations || urlappend !== "" ? destinationOf(chosen, urlappend) : knownDestination(chosen);
      const negotiated = candidates.list.some(({ entry }) =>
        entry.attributes.get("http_role")?.includes("conneg"),
      );
      const status = candidates.statusOf(chosen);
      const headers: (readonly [string, string])[] = [
        ["Location", location],
        expiresHeader(expiryOf(aliases.length === 0 ? values : [...values, ...aliases], now())),
      ];
      if (negotiated) headers.push(["Vary", "Accept"]);
      if (related.length > 0) headers.push(...linkHeaders(related));
      headers.push(...page.headers);
      // HTTP/1.0 knows 301 and 302 alone.
      const { body, text } = page;
      return { status: httpVersion === "1.0" && status !== 301 ? 302 : status, headers, body, text };
    },
  };
}
