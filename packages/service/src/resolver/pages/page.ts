import { createHash } from "node:crypto";
import { encodeBody } from "../../http/answer.ts";
import type { Answer, ServiceResponse } from "../../http/message.ts";
import { type Html, html, type Part } from "./html.ts";
import type { Links } from "./links.ts";
import { STYLE } from "./style.ts";

const STYLE_SOURCE = `'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

/** Options of {@link page}. */
export interface PageOptions {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: ServiceResponse["headers"] | undefined;
  /** Where forms may lead, also by redirects. Default `'self'`. */
  readonly formAction?: string | undefined;
}

function answer(document: Html, policy: string, options: PageOptions): Answer {
  const { status = 200, headers = [], formAction = "'self'" } = options;
  const bounds = `form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`;
  return {
    status,
    headers: [
      ...headers,
      ["Content-Type", "text/html;charset=utf-8"],
      ["Content-Security-Policy", `default-src 'none'; ${policy}${bounds}`],
    ],
    ...encodeBody(document.html),
  };
}

/** A page for people, in the house's style; nothing in it runs or is loaded. */
export function page(title: string, main: Part, options: PageOptions = {}): Answer {
  const document = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
${main}
</body>
</html>
`;
  const { status = 200, headers = [] } = options;
  const vary = status === 200 ? [["Vary", "Accept-Encoding, User-Agent"] as const] : [];
  return answer(document, `style-src ${STYLE_SOURCE}; `, {
    ...options,
    headers: [...headers, ...vary, ["Referrer-Policy", "strict-origin-when-cross-origin"]],
  });
}

/**
 * The short page that goes with a redirect, for clients that do not follow it. There is no Referrer-Policy: on a redirect
 * it would replace the policy of the page that has the link.
 *
 * @param url as the record has it
 */
export function redirectPage(url: string, status: number, headers: ServiceResponse["headers"]): Answer {
  const document = html`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8" /><title>Redirect</title></head>
<body><p>This handle leads to <a href="${url}">${url}</a></p></body>
</html>
`;
  return answer(document, "", { status, headers });
}

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
