import { createAuth } from "@handlekit/auth";
import { parseChallenges } from "@handlekit/auth/wire";
import {
  type Credentials,
  decodeUtf8,
  formatReference,
  HandleError,
  type ValueReference,
} from "@handlekit/core";
import { resolveCredentials } from "@handlekit/credentials/file";
import type { Caller } from "../command.ts";
import { openTransport } from "../open-transport.ts";

interface SessionAnswer {
  readonly authenticated?: unknown;
  readonly id?: unknown;
  readonly error?: unknown;
}

function readAnswer(body: Uint8Array | undefined): SessionAnswer {
  try {
    const answer: unknown = JSON.parse(decodeUtf8(body ?? new Uint8Array()) ?? "");
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
 * Logs in with a credentials file, and asks the server whom it has recognised.
 *
 * @throws HandleError `authentication_failed` if it is not this user
 */
export async function proveLogin(
  caller: Caller,
  file: string,
  identity: ValueReference,
  signal: AbortSignal,
): Promise<void> {
  const answer = await ask(caller, await resolveCredentials({ file, env: {} }), signal);
  const name = formatReference(identity);
  if (answer.authenticated === true && answer.id === name) return;
  const why =
    answer.authenticated === true
      ? `it is recognised as ${String(answer.id)}`
      : typeof answer.error === "string"
        ? answer.error
        : "it is anonymous";
  throw new HandleError("authentication_failed", {
    message: `The server does not accept the login of ${name}: ${why}.`,
    hint: `Compare the public keys: hdl key show on the certificate, and hdl get ${identity.handle} --index ${identity.index}. A mirror or cache may take a while to see a new value.`,
    handle: identity.handle,
  });
}
