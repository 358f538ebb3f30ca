import { type ArdcClient, type ArdcIdentifier, createArdcClient } from "@handlekit/ardc";
import { createArdcAuth } from "@handlekit/auth/ardc";
import { type AuthStrategy, type Credentials, printable } from "@handlekit/core";
import type { Command } from "commander";
import type { Call } from "./command.ts";
import { readCredentials } from "./open-client.ts";
import { openTransport } from "./open-transport.ts";
import type { Output } from "./output.ts";
import { usageError } from "./usage-error.ts";

/** The options of every `hdl ardc` command. */
export interface ArdcFlags {
  /** Sends the shared secret in the body instead of a header. */
  readonly inBody?: boolean | undefined;
}

/** Milliseconds that the service gets, which is slow. */
const TIMEOUT = 60_000;

/** Adds the options of every `hdl ardc` command. */
export function addArdcOptions(command: Command): Command {
  return command.option("--in-body", "send the shared secret in the body instead of a header");
}

/** Returns the strategy of --in-body; for an incomplete account none, so that the client reports what is missing. */
function inBodyStrategy({ ardc }: Credentials, url: string): AuthStrategy | undefined {
  const { appId, identifier, authDomain, sharedSecret } = ardc ?? {};
  if (!appId || !identifier || !authDomain) return undefined;
  return createArdcAuth({ appId, identifier, authDomain, sharedSecret, via: "body", origins: [url] });
}

/** Runs a function with a client for the credentials, or an anonymous one, and closes the client. */
export async function withArdc<T>(
  call: Pick<Call<ArdcFlags>, "flags" | "output">,
  run: (client: ArdcClient) => Promise<T>,
  anonymous = false,
): Promise<T> {
  const credentials = await readCredentials(call);
  const { server: url } = credentials;
  if (url === undefined) {
    throw usageError(
      "The address of the ARDC service is missing.",
      "Give --server https://demo.identifiers.ardc.edu.au/pids, or handle_server_url in the credentials.",
    );
  }
  const flags = { timeout: TIMEOUT, ...call.flags };
  const transport = openTransport({ flags, output: call.output }, credentials);
  const strategy = call.flags.inBody ? inBodyStrategy(credentials, url) : undefined;
  const client = createArdcClient(anonymous ? {} : credentials, {
    url,
    transport,
    strategy: anonymous ? undefined : strategy,
  });
  try {
    return await run(client);
  } finally {
    await client.close();
    await transport.close();
  }
}

/** Writes a handle and its values. */
export function showIdentifier({ handle, properties }: ArdcIdentifier, output: Output): void {
  const values = properties.map(({ index, type, value }) => ({
    index,
    type,
    data: { format: "string", value },
  }));
  output.result({ handle, values }, () => {
    const lines = properties.map(
      ({ index, type, value }) =>
        `${String(index).padStart(3)}  ${printable(type).padEnd(4)}  ${printable(value)}\n`,
    );
    return `${printable(handle)}\n${lines.join("")}`;
  });
}
