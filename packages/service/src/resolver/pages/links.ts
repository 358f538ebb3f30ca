import type { ValueReference } from "@handlekit/core";
import { handlePath, redirectTarget } from "../addresses.ts";
import { type Html, html, type Part } from "./html.ts";

/** A text that can be of any script, kept from changing the direction of the text around it. */
export function isolated(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** A link off this server, when the text is a URL that may be followed; else the text. */
export function outsideLink(text: string, shown: Part = text): Part {
  const url = redirectTarget(text.trim());
  if (url === undefined) return shown;
  return html`<a href="${url}" rel="noopener noreferrer nofollow">${shown}</a>`;
}

/** Addresses and links within the service. */
export interface Links {
  /** The address of the page with the form. */
  readonly home: string;
  /** Where a handle leads. */
  follow(handle: string): string;
  /** The address of a handle's record page. */
  record(handle: string): string;
  /** The address of a record in the REST API. */
  json(handle: string): string;
  /** A handle as a link to its record. */
  handle(handle: string): Html;
  /** `300:prefix/suffix`, as a link to that value. */
  reference(reference: ValueReference): Html;
}

/**
 * Creates the links of the pages.
 *
 * @param base the path they begin with: empty, or with a leading slash and none at its end
 */
export function createLinks(base: string): Links {
  const record = (handle: string) => `${base}${handlePath(handle)}?noredirect`;
  return {
    home: `${base}/`,
    follow: (handle) => `${base}${handlePath(handle)}`,
    record,
    json: (handle) => `${base}/api/handles${handlePath(handle)}?pretty`,
    handle: (handle) => html`<a href="${record(handle)}">${isolated(handle)}</a>`,
    reference: ({ handle, index }) =>
      html`<a href="${record(handle)}#value-${index}">${index}:${isolated(handle)}</a>`,
  };
}
