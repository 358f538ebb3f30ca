import { createClient } from "@handlekit/client";
import { formatReference, isHandleError, printable } from "@handlekit/core";
import type { Call } from "../command.ts";
import { readCredentials } from "../open-client.ts";
import { openTransport } from "../open-transport.ts";
import type { Examination } from "./context.ts";
import { type Finding, fault, faultOf, fine } from "./finding.ts";
import { findHost, openPort, placeOf } from "./probe.ts";
import * as server from "./server-steps.ts";
import * as user from "./user-steps.ts";

/** A step with what it found. */
export interface Step {
  readonly step: string;
  readonly finding: Finding;
}

/** Milliseconds for each step, without --timeout. */
const TIMEOUT = 10_000;

const KEY_FILE =
  /"(?:private_key|certificate_only|certificate_and_key|passphrase)"|HDL_(?:PRIVATE_KEY|CERTIFICATE)|private key/;

type Check = (examination: Examination) => Finding | Promise<Finding>;

const STEPS: readonly (readonly [name: string, check: Check])[] = [
  ["name", ({ place }) => findHost(place)],
  ["port", ({ place }) => openPort(place)],
  ["tls", server.checkHandshake],
  ["server", server.checkSite],
  ["server key", server.checkServerKey],
  ["clock", server.checkClock],
];
const LOGIN_STEPS: typeof STEPS = [
  ["authentication", server.checkAuthentication],
  ["sessions", server.checkSessions],
  ["user", user.checkUser],
  ["login", user.checkUserLogin],
  ["rights", user.checkRights],
];

/** Reads the credentials and opens what the other steps need. */
async function begin(
  call: Call,
): Promise<{ readonly finding: Finding; readonly examination?: Examination; close(): Promise<void> }> {
  const nothing = { close: async () => {} };
  try {
    const credentials = await readCredentials(call);
    const { login, source, server: address } = credentials;
    if (login !== undefined && address === undefined) {
      const hint = "Add handle_server_url to the credentials, or give --server.";
      return { ...nothing, finding: fault("credentials", `${source} has a login, but no server.`, hint) };
    }
    const timeout = call.flags.timeout ?? TIMEOUT;
    const caller = { output: call.output, flags: { ...call.flags, timeout } };
    const transport = openTransport(caller, credentials, true);
    const client = createClient(credentials, { transport });
    const place = placeOf(client.server, timeout, call.signal);
    const who =
      login === undefined
        ? "no login"
        : `${login.identity ? formatReference(login.identity) : "a user without a name"} with a ${login.kind}`;
    const finding = client.server.startsWith("https:")
      ? fine(`${printable(source)}: ${client.server}, ${who}`)
      : fault(
          "plain_http",
          `${client.server} is not https.`,
          "Over plain HTTP a handle server accepts no login.",
        );
    return {
      finding,
      examination: {
        caller,
        credentials,
        client,
        transport,
        server: client.server,
        place,
        signal: call.signal,
      },
      async close() {
        await client.close();
        await transport.close();
      },
    };
  } catch (error) {
    if (!isHandleError(error, "invalid_credentials")) return { ...nothing, finding: faultOf(error) };
    const kind = KEY_FILE.test(error.message) ? "key_file" : "credentials";
    const hint = error.hint ?? "hdl auth show says which file is used; hdl auth save writes one.";
    return { ...nothing, finding: faultOf(error, kind, hint) };
  }
}

async function run(check: Check, examination: Examination): Promise<Finding> {
  try {
    return await check(examination);
  } catch (error) {
    return faultOf(error);
  }
}

/** Checks one thing after the other, and ends at the first fault without which the next make no sense. */
export async function* examine(call: Call): AsyncGenerator<Step> {
  const { finding, examination, close } = await begin(call);
  yield { step: "credentials", finding };
  if (!finding.ok || examination === undefined) return close();
  try {
    const steps = examination.credentials.login === undefined ? STEPS : [...STEPS, ...LOGIN_STEPS];
    for (const [step, check] of steps) {
      const found = await run(check, examination);
      yield { step, finding: found };
      if (!found.ok && !found.goesOn) return;
    }
  } finally {
    await close();
  }
}
