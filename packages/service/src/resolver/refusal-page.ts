import { isHandleError, RESPONSE_CODES, statusOf } from "@handlekit/core";
import type { ServiceResponse } from "../exchange-types.ts";
import { handlePath } from "./handle-path.ts";
import { errorPage } from "./pages/error-page.ts";
import { html } from "./pages/html.ts";
import { isolated } from "./pages/links.ts";
import type { ResolverContext } from "./resolver-context.ts";

/** The page for an error of resolving. What is no refusal is logged and answered with 500. */
export function refusalPage(context: ResolverContext, error: unknown): ServiceResponse {
  if (!isHandleError(error) || error.responseCode === undefined) {
    context.log?.error("unexpected error", { error });
    return errorPage(
      500,
      "Something went wrong",
      html`<p>The handle could not be looked up. Try again later.</p>`,
    );
  }
  const { handle = "", message, responseCode } = error;
  const status = statusOf(responseCode);
  if (responseCode === RESPONSE_CODES.handleNotFound) {
    const said = html`<p>The handle you requested, <strong>${isolated(handle)}</strong>, cannot be found here.</p>`;
    return errorPage(status, message || "Not found", said);
  }
  if (responseCode === RESPONSE_CODES.serverNotResponsible) {
    const elsewhere = `https://hdl.handle.net${handlePath(handle)}`;
    const said = html`<p>This server does not keep the handles of that prefix, so it cannot say where
<strong>${isolated(handle)}</strong> leads.</p>
<p><a href="${elsewhere}" rel="noopener noreferrer nofollow">Ask the global resolver, hdl.handle.net</a></p>`;
    return errorPage(status, "Not kept on this server", said);
  }
  return errorPage(status, "Cannot be resolved", html`<p>${message}</p>`);
}
