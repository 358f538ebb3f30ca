import { parseUrl } from "@handlekit/core";
import type { ServiceRequest } from "./message.ts";

/**
 * Returns true if a page of another origin made a request: `Sec-Fetch-Site` says so, or in a browser without that header
 * an `Origin` other than ours.
 *
 * @param publicOrigin the origin that clients see; undefined for scheme and Host of the request
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function isFromForeignPage(
  { headers, connection }: Pick<ServiceRequest, "headers" | "connection">,
  publicOrigin: string | undefined,
): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin, host = "" } = headers;
  if (origin === undefined) return false;
  const scheme = connection.secure ? "https" : "http";
  return origin !== (publicOrigin ?? parseUrl(`${scheme}://${host}`)?.origin);
}

/** Media types that a browser sends for a page of another origin only after a preflight. */
const PREFLIGHTED = new Set(["application/json", "application/xml", "text/xml"]);

/**
 * Returns true if Basic, a client certificate and the address of a request identify its sender. A browser adds them to
 * requests that pages of other origins make without asking the server first: a POST without a body, of a form, or of a
 * link with `ping`. Other methods and media types need a preflight, which never allows credentials, and the page cannot
 * read the response to a GET.
 */
export function acceptsAmbientLogin(
  { method, body }: Pick<ServiceRequest, "method" | "body">,
  mediaType: string,
  fromForeignPage: boolean,
): boolean {
  return method !== "POST" || !fromForeignPage || (body.length > 0 && PREFLIGHTED.has(mediaType));
}
