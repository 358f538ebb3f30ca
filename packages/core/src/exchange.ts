import { checkArgument, type OptionKind } from "./check.ts";
import { HandleError, invalidOptions, isHandleError } from "./error.ts";
import { quoteForMessage } from "./handle.ts";
import type { AuthContext, AuthStrategy, WireRequest, WireResponse } from "./strategy.ts";
import { parseUrl } from "./url.ts";

/** An origin that any URL parser reads alike: everything after it and a slash is path, query and fragment. */
const HTTPS_ORIGIN = /^https:\/\/[^\s/?#\\@]+$/;

function checkMembers(what: string, value: object, members: Readonly<Record<string, OptionKind>>): void {
  checkArgument("exchange", what, value, ["object"]);
  for (const [name, kind] of Object.entries(members)) {
    checkArgument("exchange", `${what}.${name}`, Reflect.get(value, name), [kind]);
  }
}

/** Throws if an argument has the wrong type, as in plain JavaScript. */
function checkArguments(strategy: AuthStrategy, request: WireRequest, context: AuthContext): void {
  // The usual case first: this is called for each request.
  const usable =
    typeof strategy?.authenticate === "function" &&
    typeof strategy.scheme === "string" &&
    Array.isArray(strategy.origins) &&
    typeof request?.method === "string" &&
    typeof request.url === "string" &&
    typeof context?.send === "function";
  if (usable) return;
  checkMembers("strategy", strategy, { scheme: "string", origins: "array", authenticate: "function" });
  checkMembers("request", request, { method: "string", url: "string" });
  checkMembers("context", context, { send: "function" });
}

/**
 * Refuses a request that must not reach the strategy: over plain HTTP, or to an origin that the strategy is not for.
 *
 * @throws HandleError `insecure_connection`
 */
function assertOrigin(strategy: AuthStrategy, url: string): void {
  if (strategy.origins.some((origin) => HTTPS_ORIGIN.test(origin) && url.startsWith(`${origin}/`))) return;
  const parsed = parseUrl(url);
  if (parsed === undefined) {
    throw invalidOptions("The URL of the request is not absolute.", "Write it with scheme and host.");
  }
  if (parsed.protocol !== "https:") {
    throw new HandleError("insecure_connection", {
      message: `Credentials are not sent to ${quoteForMessage(parsed.origin)}: the connection would not be encrypted.`,
      hint: "Use the server's https address.",
    });
  }
  if (!strategy.origins.includes(parsed.origin)) {
    throw new HandleError("insecure_connection", {
      message: `Credentials for ${strategy.origins.join(", ") || "no server"} are not sent to ${parsed.origin}.`,
      hint: "Credentials are sent only to the origins that their strategy names, and never follow a redirect.",
    });
  }
}

function failed(strategy: AuthStrategy, step: string, error: unknown): HandleError {
  if (isHandleError(error)) return error;
  return new HandleError("strategy_failed", {
    message: `The authentication strategy ${quoteForMessage(strategy.scheme)} failed in ${step}.`,
    hint: "The cause is the strategy's own error.",
    cause: error,
  });
}

async function authenticated(
  strategy: AuthStrategy,
  request: WireRequest,
  context: AuthContext,
): Promise<WireRequest> {
  try {
    const returned = strategy.authenticate(request, context);
    const sent = "then" in returned ? await returned : returned;
    if (sent.method === request.method && sent.url === request.url) return sent;
  } catch (error) {
    throw failed(strategy, "authenticate", error);
  }
  throw new HandleError("strategy_failed", {
    message: `The authentication strategy ${quoteForMessage(strategy.scheme)} changed the method or the URL.`,
    hint: "A strategy may change only headers and body.",
  });
}

async function settled(
  strategy: AuthStrategy,
  response: WireResponse,
  sent: WireRequest,
  context: AuthContext,
): Promise<"accept" | "resend" | undefined> {
  try {
    return await strategy.settle?.(response, sent, context);
  } catch (error) {
    throw failed(strategy, "settle", error);
  }
}

/**
 * Sends one request through a strategy: adds credentials, sends, passes the response to the strategy, and sends once
 * more if the strategy asks for it. Use it to embed a strategy in your own HTTP client: `context.send` is your client.
 *
 * @param strategy the strategy that adds credentials
 * @param request the request; it is not modified
 * @param context sends requests; its signal and log are for the strategy
 * @param own the context that the strategy gets instead, when its login is shared with other requests and must not be
 *   aborted with this one
 * @returns the last response
 * @throws HandleError `insecure_connection` for plain HTTP or a foreign origin; `invalid_options` for a URL that is not
 *   absolute or an argument of the wrong type; `strategy_failed` if the strategy throws an error that is not a
 *   HandleError, or changes the method or the URL; whatever `context.send` throws
 * @example
 * ```ts
 * const response = await exchange(strategy, request, { send: (wire) => mySend(wire) });
 * ```
 */
export async function exchange(
  strategy: AuthStrategy,
  request: WireRequest,
  context: AuthContext,
  own: AuthContext = context,
): Promise<WireResponse> {
  checkArguments(strategy, request, context);
  assertOrigin(strategy, request.url);
  const first = await authenticated(strategy, request, own);
  const response = await context.send(first);
  if (!strategy.settle || (await settled(strategy, response, first, own)) !== "resend") return response;
  const second = await authenticated(strategy, request, own);
  const secondResponse = await context.send(second);
  await settled(strategy, secondResponse, second, own);
  return secondResponse;
}
