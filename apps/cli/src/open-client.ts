import { createClient, type HandleClient } from "@handlekit/client";
import type { Credentials } from "@handlekit/core";
import type { Caller } from "./command.ts";
import { findCredentials } from "./find-credentials.ts";
import { openTransport } from "./open-transport.ts";
import { askSecret } from "./terminal.ts";

/** No credentials: for reading. What reads them is not loaded then. */
const NONE: Credentials = {
  source: "environment",
  httpsVerify: true,
  clientConfig: {},
  config: {},
  found: [],
  warnings: [],
};

/**
 * Loads the credentials of a command, shows their warnings, and asks for the passphrase of an encrypted key.
 *
 * @throws HandleError `invalid_credentials`, `invalid_options`
 */
export async function readCredentials({ flags, output }: Caller): Promise<Credentials> {
  const found = findCredentials(flags, process.env, process.cwd());
  output.trace(
    found.file === undefined ? `credentials: ${found.why}` : `credentials: ${found.file} (${found.why})`,
  );
  const { server } = flags;
  if (found.file === undefined && !Object.keys(found.env).some((name) => /^(HDL|ARDC)_/.test(name))) {
    return { ...NONE, server };
  }
  const { resolveCredentials } = await import("@handlekit/credentials/file");
  const passphrase = () =>
    askSecret("Passphrase of the private key", "Give it as passphrase in the credentials file.");
  const loaded = await resolveCredentials({ file: found.file, env: found.env, passphrase });
  for (const warning of loaded.warnings) output.warn(warning);
  return server === undefined ? loaded : { ...loaded, server };
}

/** Settings of the client of a command. */
export interface ClientSettings {
  readonly modifyAdmin?: boolean | undefined;
  readonly owner?: string | undefined;
  /** True for a command that sends many requests: connections are kept. Default false, which starts faster. */
  readonly many?: boolean | undefined;
}

/** Runs a function with a client for the credentials of a command, and closes the client. */
export async function withClient<T>(
  caller: Caller,
  run: (client: HandleClient, credentials: Credentials) => Promise<T>,
  { many, ...options }: ClientSettings = {},
): Promise<T> {
  const credentials = await readCredentials(caller);
  const transport = openTransport(caller, credentials, many);
  try {
    const client = createClient(credentials, { ...options, transport });
    try {
      return await run(client, credentials);
    } finally {
      await client.close();
    }
  } finally {
    await transport.close();
  }
}
