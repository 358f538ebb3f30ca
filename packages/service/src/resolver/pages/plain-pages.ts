import type { Answer, ServiceResponse } from "../../http/message.ts";
import { html, type Part } from "./html.ts";
import type { Links } from "./links.ts";
import { page } from "./page.ts";

/** A page that says what went wrong. */
export function errorPage(
  links: Links,
  status: number,
  title: string,
  explanation: Part,
  headers: ServiceResponse["headers"] = [],
): Answer {
  const main = html`<header><p class="eyebrow">Error ${status}</p><h1>${title}</h1></header>
<main>${explanation}</main>
<footer><a href="${links.home}">Look up another handle</a></footer>`;
  return page(title, main, { status, headers });
}

/** The page with a form for a handle. */
export function formPage(links: Links): Answer {
  const main = html`<header><p class="eyebrow">Handle resolver</p><h1>Look up a handle</h1></header>
<main>
<p>A handle is a lasting name, such as 20.500.12345/abc. Write one here to go where it leads, or put it behind the
address of this page.</p>
<form class="sheet pad" action="${links.home}" method="get">
<label for="hdl">Handle</label>
<div class="ask"><input id="hdl" type="text" name="hdl" required="required" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="20.500.12345/abc" /><button type="submit">Look up</button></div>
<div>
<label class="choice"><input type="checkbox" name="noredirect" value="true" />Show the record instead of following it</label>
<label class="choice"><input type="checkbox" name="ignore_aliases" value="true" />Do not follow aliases</label>
</div>
</form>
</main>`;
  // Chromium applies form-action to the redirect that answers a form, too: 'self' alone would keep people here.
  return page("Handle resolver", main, { formAction: "'self' http: https: ftp:" });
}
