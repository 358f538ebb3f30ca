import type { ServiceResponse } from "../../exchange-types.ts";
import { html, type Part } from "./html.ts";
import { page } from "./page.ts";

/** A page that says what went wrong. */
export function errorPage(
  status: number,
  title: string,
  explanation: Part,
  headers: ServiceResponse["headers"] = [],
): ServiceResponse {
  const main = html`<header><p class="eyebrow">Error ${status}</p><h1>${title}</h1></header>
<main>${explanation}</main>
<footer><a href="/">Look up another handle</a></footer>`;
  return page(title, main, { status, headers });
}
