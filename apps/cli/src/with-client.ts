import { type ClientCredentials, createClient, type HandleClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import type { Output } from "./output.ts";

/** The options every command has. */
export interface CommonOptions {
  readonly credentials?: string;
  readonly server?: string;
}

async function readCredentials(options: CommonOptions, output: Output): Promise<ClientCredentials> {
  if (options.credentials === undefined)
    return options.server === undefined ? {} : { server: options.server };
  const loaded = await loadCredentials(options.credentials);
  for (const warning of loaded.warnings) output.err(`hdl: warning: ${warning}\n`);
  return options.server === undefined ? loaded : { ...loaded, server: options.server };
}

/** Runs with a client made from the credentials file, and ends its connections. */
export async function withClient<T>(
  options: CommonOptions,
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
