import { createAuth } from "@handlekit/auth";
import { parseChallenges } from "@handlekit/auth/wire";
import { type Credentials, decodeUtf8, formatReference, HandleError, parseJson } from "@handlekit/core";
import type { Caller } from "./command.ts";
import { openTransport } from "./open-transport.ts";

interface SessionAnswer {
  readonly authenticated?: unknown;
  readonly id?: unknown;
  readonly error?: unknown;
}

function readAnswer(body: Uint8Array | undefined): SessionAnswer {
  try {
    const answer = parseJson(decodeUtf8(body ?? new Uint8Array()) ?? "");
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

async function ask(caller: Caller, credentials: Credentials, signal: AbortSignal): Promise<SessionAnswer> {
  const strategy = createAuth(credentials);
  const transport = openTransport(caller, credentials);
  try {
    const { origin } = new URL(credentials.server ?? "");
    const request = { method: "GET", url: `${origin}/api/sessions/this`, headers: {} };
    const { status, headers, body } = await transport.send(request, { strategy, signal });
    if (status === 200) return readAnswer(body);
    const challenge = parseChallenges(headers["www-authenticate"] ?? "").handle;
    return { error: challenge?.error ?? `HTTP ${status}` };
  } finally {
    await transport.close();
  }
}

/**
 * Logs in, and asks the server whom it has recognised. A record would prove nothing: Handle.Net answers a request with a
 * refused certificate as an anonymous one.
 *
 * @returns the user
 * @throws HandleError `invalid_credentials` if there is no login, one that names no user, or no server;
 *   `authentication_failed` if it is not this user
 */
export async function checkLogin(
  caller: Caller,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<string> {
  const { login, server, source } = credentials;
  if (login?.identity === undefined || server === undefined) {
    const message =
      login === undefined
        ? `There is no login in ${source}.`
        : server === undefined
          ? `There is no server in ${source}.`
          : `The certificate in ${source} names no user.`;
    throw new HandleError("invalid_credentials", { message, hint: "Save a login with hdl auth save." });
  }
  const answer = await ask(caller, credentials, signal);
  const { handle, index } = login.identity;
  const name = formatReference(login.identity);
  // Index 0 stands for each key of the handle; the server names the one that it was.
  if (answer.authenticated === true && (answer.id === name || index === 0)) return String(answer.id ?? name);
  const why =
    answer.authenticated === true
      ? `it is recognised as ${String(answer.id)}`
      : typeof answer.error === "string"
        ? answer.error
        : "it is anonymous";
  throw new HandleError("authentication_failed", {
    message: `The server does not accept the login of ${name}: ${why}.`,
    hint:
      login.kind === "password"
        ? "Check the password, and that the user is index:prefix/suffix with the index of its HS_SECKEY value (usually 300)."
        : `Compare the keys: hdl key show on the certificate, and hdl get ${handle} --index ${index}. A mirror or cache may take a while to see a new value.`,
    handle,
  });
}
