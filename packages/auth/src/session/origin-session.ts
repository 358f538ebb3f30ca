import {
  type AuthContext,
  formatReference,
  HandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { parseChallenges } from "../wire/challenge.ts";
import { formatHandleAuthorization } from "../wire/handle-header.ts";
import { type OpenChallenge, openChallenge } from "./answer.ts";
import { assertNotAborted, untilAborted, withinTime } from "./limits.ts";
import { logIn, type OriginLogin, sessionRequest } from "./login.ts";

/** A session with one server, shared by all requests to it. */
export interface OriginSession {
  /** Resolves to the Authorization header of the session, after a login if there is none. */
  authorization(context: AuthContext): Promise<string>;
  /** Returns whether to send a request again after this response; see AuthStrategy. */
  settle(response: WireResponse, sent: WireRequest): "accept" | "resend";
  /** Logs out if there is a session; never rejects. */
  close(): Promise<void>;
}

/**
 * Creates a session without logging in.
 *
 * @param timeout milliseconds for a login, and for logging out
 */
export function createOriginSession(login: OriginLogin, timeout: number): OriginSession {
  let current: string | undefined;
  let loggingIn: Promise<string> | undefined;
  let challenge: OpenChallenge | undefined;
  let last: AuthContext | undefined;

  const timeoutError = () =>
    new HandleError("timeout", {
      message: `Logging in to ${login.origin} as ${formatReference(login.identity)} took longer than ${timeout} ms.`,
      hint: "The server is busy or does not respond; the strategy's timeout sets how long a login may take.",
      retryable: true,
    });

  async function startLogin(context: AuthContext): Promise<string> {
    const known = challenge;
    challenge = undefined;
    try {
      const sessionId = await withinTime(timeout, timeoutError, (limit) =>
        logIn(login, known, async (request) => {
          assertNotAborted(limit);
          return context.send(request);
        }),
      );
      current = formatHandleAuthorization({ sessionId });
      context.log?.debug("Logged in.", {
        origin: login.origin,
        identity: formatReference(login.identity),
      });
      return current;
    } finally {
      loggingIn = undefined;
    }
  }

  return {
    async authorization(context) {
      last = context;
      if (current !== undefined) return current;
      const { signal } = context;
      assertNotAborted(signal);
      if (!loggingIn) {
        loggingIn = startLogin(context);
        // Every waiting request gets the error; there may be none left.
        loggingIn.catch(() => undefined);
      }
      return untilAborted(loggingIn, signal);
    },

    settle(response, sent) {
      if (response.status !== 401) return "accept";
      const { handle } = parseChallenges(response.headers["www-authenticate"] ?? "");
      if (!handle) return "accept";
      if (sent.headers.authorization === current) {
        current = undefined;
        challenge = openChallenge(handle.sessionId, handle.nonce);
      }
      return "resend";
    },

    async close() {
      const authorization = current ?? (await loggingIn?.catch(() => undefined));
      const context = last;
      [current, challenge, last] = [undefined, undefined, undefined];
      if (authorization === undefined || !context) return;
      const { headers, ...request } = sessionRequest(login, "DELETE");
      const logOut = () => context.send({ ...request, headers: { ...headers, authorization } });
      await withinTime(timeout, timeoutError, logOut).catch(() => undefined);
    },
  };
}
