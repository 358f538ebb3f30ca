import type { Candidate } from "@handlekit/loc";
import type { ServiceResponse } from "../http/message.ts";
import { headerSafe, redirectTarget } from "./addresses.ts";

/** The attributes of a location that become parameters of a link, and their names there. */
const PARAMETERS: Readonly<Record<string, string>> = {
  rel: "rel",
  "media-type": "type",
  "target-type": "type",
  title: "title",
  media: "media",
  hreflang: "hreflang",
  anchor: "anchor",
};
const MAX_LINKS = 20;
const MAX_LENGTH = 1000;

/** A quoted string of a header; characters that it cannot hold are percent-encoded (RFC 9110 section 5.6.4). */
function quoted(text: string): string {
  const kept = Array.from(text, (one) => (one === " " ? one : headerSafe(one))).join("");
  return `"${kept.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * The Link headers of locations with a relation. Nothing of a record gets into a header unescaped, and the number of
 * headers is bounded.
 *
 * @see RFC 8288
 */
export function linkHeaders(related: readonly Candidate[]): ServiceResponse["headers"] {
  return related.slice(0, MAX_LINKS).flatMap(({ url, entry }) => {
    const target = redirectTarget(url?.trim() ?? "");
    const parameters = [...entry.attributes].flatMap(([name, value]) => {
      const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
      return parameter === undefined ? [] : [`${parameter}=${quoted(value)}`];
    });
    const link = [`<${target}>`, ...parameters].join("; ");
    return target === undefined || link.length > MAX_LENGTH ? [] : [["Link", link] as const];
  });
}
