import { createClient, type HandleClient } from "@handlekit/client";
import type { Credentials } from "@handlekit/credentials";
import { resolveCredentials } from "@handlekit/credentials/file";
import type { Output } from "./output.ts";

/** The options every command has. */
export interface CommonFlags {
  readonly credentials?: string;
  readonly server?: string;
}

/**
 * The credentials of a command: the file that was named, what it does not say from the environment, the server from
 * --server. Warnings go to the person.
 */
export async function readCredentials(options: CommonFlags, output: Output): Promise<Credentials> {
  const { credentials: file, server } = options;
  const loaded = await resolveCredentials({ env: process.env, ...(file === undefined ? {} : { file }) });
  for (const warning of loaded.warnings) output.err(`hdl: warning: ${warning}\n`);
  return server === undefined ? loaded : { ...loaded, server };
}

/** Runs with a client made from the credentials, and ends its connections. */
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
