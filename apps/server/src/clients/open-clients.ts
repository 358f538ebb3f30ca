import { resolve } from "node:path";
import { HandleError } from "@handlekit/core";
import { type ArdcClients, createArdcClients, grantArdcIdentity } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { readArdcKey } from "../ardc-key.ts";
import { readSettings } from "../read-settings.ts";

/** The ARDC clients of a data directory. */
export interface OpenClients {
  readonly clients: ArdcClients;
  /** Lets an App Id act as an identity. */
  grant(appId: string, identifier: string, authDomain: string): Promise<void>;
}

/**
 * Opens the ARDC clients of a data directory for `use`; its server may be running.
 *
 * @throws HandleError `invalid_options` when the directory or its settings cannot be used, `invalid_key` when its key
 *   cannot, `store_failed` when its store cannot
 */
export async function withClients<T>(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  use: (open: OpenClients) => Promise<T>,
): Promise<T> {
  const settings = await readSettings(directory, {}, environment);
  const prefix = settings.ardcPrefix;
  if (prefix === undefined) {
    throw new HandleError("invalid_options", {
      message: `The server of ${directory} does not serve ARDC clients: its setting ardcPrefix is missing.`,
      hint: 'Put "ardcPrefix": "10378.1", with your prefix, into its config.json.',
    });
  }
  const key = await readArdcKey(directory, settings, environment);
  const { state, close } = await openSqlite({ file: resolve(directory, settings.store) });
  try {
    const clients = createArdcClients(state, key.reveal());
    await clients.assertKey();
    return await use({
      clients,
      grant: (appId, identifier, authDomain) =>
        grantArdcIdentity(state, prefix, { appId, identifier, authDomain }),
    });
  } finally {
    await close();
  }
}
