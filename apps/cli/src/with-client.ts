import { createClient, type HandleClient } from "@handlekit/client";
import type { Credentials } from "@handlekit/core";
import { resolveCredentials } from "@handlekit/credentials/file";
import type { Output } from "./output.ts";

/** The options of every command. */
export interface CommonFlags {
  readonly credentials?: string | undefined;
  readonly server?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Reads the credentials of a command: from the file named by --credentials, then from the environment. --server takes
 * precedence over the server in both. Warnings are written to stderr.
 */
export async function readCredentials(options: CommonFlags, output: Output): Promise<Credentials> {
  const { credentials: file, server } = options;
  const loaded = await resolveCredentials({ env: process.env, file });
  for (const warning of loaded.warnings) output.err(`hdl: warning: ${warning}\n`);
  return server === undefined ? loaded : { ...loaded, server };
}

/** Runs a function with a client for the credentials, and closes the client. */
export async function withClient<T>(
  options: CommonFlags,
  output: Output,
  run: (client: HandleClient) => Promise<T>,
): Promise<T> {
  const client = createClient(await readCredentials(options, output));
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}
