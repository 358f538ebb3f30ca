import { HandleError, isHandleError } from "./error.ts";
import { quoteForMessage } from "./handle.ts";
import type { AuthContext, AuthStrategy, WireRequest, WireResponse } from "./strategy.ts";

/** Whatever follows such a text and a slash is path, query and fragment: no parser takes it to another server. */
const HTTPS_ORIGIN = /^https:\/\/[^\s/?#\\@]+$/;

/**
 * Refuses a request that a strategy must not see: plain HTTP, or an origin it was not made for.
 *
 * @throws HandleError `insecure_connection`
 */
function assertOrigin(strategy: AuthStrategy, url: string): void {
  if (strategy.origins.some((origin) => HTTPS_ORIGIN.test(origin) && url.startsWith(`${origin}/`))) return;
  let origin: string;
  try {
    const parsed = new URL(url);
    if (parsed.protocol !== "https:") {
      throw new HandleError("insecure_connection", {
        message: `Credentials are not sent to ${quoteForMessage(parsed.origin)}: the connection is not encrypted.`,
        hint: "Use the server's https address.",
      });
    }
    origin = parsed.origin;
  } catch (error) {
    if (isHandleError(error)) throw error;
    throw new HandleError("invalid_options", { message: "The request's URL is not an absolute one." });
  }
  if (!strategy.origins.includes(origin)) {
    throw new HandleError("insecure_connection", {
      message: `Credentials for ${strategy.origins.join(", ") || "no server"} are not sent to ${origin}.`,
      hint: "Credentials go only to the server they were made for; they never follow a redirect.",
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
    const answer = strategy.authenticate(request, context);
    const given = "then" in answer ? await answer : answer;
    if (given.method === request.method && given.url === request.url) return given;
  } catch (error) {
    throw failed(strategy, "authenticate", error);
  }
  throw new HandleError("strategy_failed", {
    message: `The authentication strategy ${quoteForMessage(strategy.scheme)} changed the method or the URL.`,
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
 * Sends one request through a strategy: authenticate, send, let it see the answer, and send once more if it asks to.
 * The one replay loop of Handlekit; embed a strategy in your own HTTP client by writing `context.send`.
 *
 * @param strategy who to be
 * @param request what to send; not changed
 * @param context how to send, and the signal and log for the strategy
 * @param own what the strategy is given instead of `context`: its login, which other requests share, must not end with
 *   this one
 * @returns the last response
 * @throws HandleError `insecure_connection` for plain HTTP or a foreign origin; `invalid_options` for a URL that is not
 *   absolute; `strategy_failed` when a strategy
 *   throws an error that is not a HandleError or changes method or URL; whatever `context.send` throws
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
  assertOrigin(strategy, request.url);
  const first = await authenticated(strategy, request, own);
  const response = await context.send(first);
  if (!strategy.settle || (await settled(strategy, response, first, own)) !== "resend") return response;
  const second = await authenticated(strategy, request, own);
  const answer = await context.send(second);
  await settled(strategy, answer, second, own);
  return answer;
}
