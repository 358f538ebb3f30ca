import { invalidOptions } from "@handlekit/core";
import { type ArdcClients, createArdcClients, grantArdcIdentity } from "@handlekit/service";
import { readArdcKey } from "../ardc-key.ts";
import { withDirectory } from "../control/with-directory.ts";

/** The ARDC clients of a data directory. */
export interface OpenClients {
  readonly clients: ArdcClients;
  /** Allows App Ids to act as an identity. */
  grant(appIds: readonly string[], identifier: string, authDomain: string): Promise<void>;
}

/**
 * Opens the ARDC clients of a data directory, calls `use`, and closes them. The server of the directory may be running.
 *
 * @throws HandleError `invalid_options` if the directory or its settings cannot be used, `invalid_key` for its key,
 *   `store_failed` for its store
 */
export async function withClients<T>(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  use: (open: OpenClients) => Promise<T>,
): Promise<T> {
  return withDirectory(directory, environment, async ({ state, settings }) => {
    const prefix = settings.ardcPrefix;
    if (prefix === undefined) {
      throw invalidOptions(
        `The server of ${directory} does not serve ARDC clients: its setting ardcPrefix is missing.`,
        'Add "ardcPrefix": "10378.1", with your prefix, to its config.json.',
      );
    }
    const key = await readArdcKey(directory, settings, environment);
    const clients = createArdcClients(state, key.reveal());
    await clients.assertKey();
    return use({
      clients,
      async grant(appIds, identifier, authDomain) {
        for (const appId of appIds) {
          await grantArdcIdentity(state, prefix, { appId, identifier, authDomain });
        }
      },
    });
  });
}
