import type { ValueReference } from "@handlekit/core";
import { handlePath } from "../handle-path.ts";
import { redirectTarget } from "../redirect-target.ts";
import { type Html, html, type Part } from "./html.ts";

/** The address of a handle's record page. */
export function recordPath(handle: string): string {
  return `${handlePath(handle)}?noredirect`;
}

/** A text that can be of any script, kept from changing the direction of what stands around it. */
export function isolated(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** A handle as a link to its record. */
export function handleLink(handle: string): Html {
  return html`<a href="${recordPath(handle)}">${isolated(handle)}</a>`;
}

/** `300:prefix/suffix`, as a link to that value. */
export function referenceLink({ handle, index }: ValueReference): Html {
  return html`<a href="${recordPath(handle)}#value-${index}">${index}:${isolated(handle)}</a>`;
}

/** A link off this server, when the text is a URL that may be followed; else the text. */
export function outsideLink(text: string, shown: Part = text): Part {
  const url = redirectTarget(text.trim());
  if (url === undefined) return shown;
  return html`<a href="${url}" rel="noopener noreferrer nofollow">${shown}</a>`;
}
