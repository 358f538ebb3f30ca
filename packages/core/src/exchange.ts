import { HandleError, isHandleError } from "./error.ts";
import { quoteForMessage } from "./handle.ts";
import type { AuthContext, AuthStrategy, WireRequest, WireResponse } from "./strategy.ts";

/**
 * Refuses a request that a strategy must not see: plain HTTP, or an origin it was not made for.
 *
 * @throws HandleError `insecure_connection`
 */
function assertOrigin(strategy: AuthStrategy, url: string): void {
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
    throw new HandleError("invalid_options", { message: `${quoteForMessage(url)} is not an absolute URL.` });
  }
  if (!strategy.origins.includes(origin)) {
    throw new HandleError("insecure_connection", {
      message: `Credentials for ${strategy.origins.join(", ") || "no server"} are not sent to ${origin}.`,
      hint: "Credentials go only to the server they were made for; they never follow a redirect.",
    });
  }
}

async function guarded<T>(strategy: AuthStrategy, step: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isHandleError(error)) throw error;
    throw new HandleError("strategy_failed", {
      message: `The authentication strategy ${quoteForMessage(strategy.scheme)} failed in ${step}.`,
      hint: "The cause is the strategy's own error.",
      cause: error,
    });
  }
}

/**
 * Sends one request through a strategy: authenticate, send, let it see the answer, and send once more if it asks to.
 * The one replay loop of Handlekit; embed a strategy in your own HTTP client by writing `context.send`.
 *
 * @param strategy who to be
 * @param request what to send; not changed
 * @param context how to send, and the signal and log for the strategy
 * @returns the last response
 * @throws HandleError `insecure_connection` for plain HTTP or a foreign origin; `strategy_failed` when a strategy
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
): Promise<WireResponse> {
  assertOrigin(strategy, request.url);
  const attempt = async () => {
    const sent = await guarded(strategy, "authenticate", async () => {
      const given = await strategy.authenticate(request, context);
      if (given.method === request.method && given.url === request.url) return given;
      throw new HandleError("strategy_failed", {
        message: `The authentication strategy ${quoteForMessage(strategy.scheme)} changed the method or the URL.`,
      });
    });
    return { sent, response: await context.send(sent) };
  };
  const first = await attempt();
  if (!strategy.settle) return first.response;
  const verdict = await guarded(strategy, "settle", () =>
    strategy.settle?.(first.response, first.sent, context),
  );
  if (verdict !== "resend") return first.response;
  const second = await attempt();
  await guarded(strategy, "settle", () => strategy.settle?.(second.response, second.sent, context));
  return second.response;
}
