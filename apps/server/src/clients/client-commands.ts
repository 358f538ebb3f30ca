import { decodeUtf8, encodeUtf8, quoteForMessage, type Secret } from "@handlekit/core";
import type { CommandContext } from "../command-context.ts";
import { randomPassword } from "../random-password.ts";
import { readSecretFile } from "../secret-file.ts";
import { clientTable } from "./client-table.ts";
import { withClients } from "./open-clients.ts";

/** Options of `hdl-server clients add`. */
export interface AddOptions {
  readonly description: string;
  readonly appId?: string | undefined;
  readonly address?: readonly string[] | undefined;
  /** Whether the client has a secret. */
  readonly secret: boolean;
  /** The file with an existing secret; `-` for standard input. Default: a secret is created. */
  readonly secretFile?: string | undefined;
}

/** Options of `hdl-server clients grant`. */
export interface GrantOptions {
  /** App Ids that may act as the identity, too. */
  readonly appId?: readonly string[] | undefined;
}

/** The option that selects a registration. */
export interface WhichOptions {
  readonly number?: number | undefined;
}

/** The commands of `hdl-server clients`. */
export interface ClientCommands {
  add(directory: string, options: AddOptions): Promise<void>;
  list(directory: string): Promise<void>;
  rotate(
    directory: string,
    appId: string,
    options: WhichOptions & { readonly finish?: boolean | undefined },
  ): Promise<void>;
  revoke(directory: string, appId: string, options: WhichOptions): Promise<void>;
  grant(
    directory: string,
    appId: string,
    identifier: string,
    authDomain: string,
    options?: GrantOptions,
  ): Promise<void>;
}

/**
 * Creates the commands of `hdl-server clients`, which work on data directories. They create secrets, print those once,
 * and store only the marks of secrets.
 */
export function createClientCommands({ environment, print, note }: CommandContext): ClientCommands {
  const show = (appId: string, created: Secret | undefined) => {
    print(JSON.stringify({ appId, sharedSecret: created && decodeUtf8(created.reveal()) }));
    if (created) note("This secret cannot be shown again.");
  };

  return {
    async add(directory, { description, appId, address, secret, secretFile }) {
      const given =
        secretFile === undefined
          ? undefined
          : encodeUtf8(await readSecretFile(secretFile, "secret file", note));
      await withClients(directory, environment, async ({ clients }) => {
        const created = secret && given === undefined ? randomPassword() : undefined;
        const added = { appId, description, addresses: address, secret: given ?? created?.reveal() };
        show(await clients.add(added), created);
      });
    },
    list: (directory) =>
      withClients(directory, environment, async ({ clients }) => print(clientTable(await clients.list()))),
    rotate: (directory, appId, { number, finish }) =>
      withClients(directory, environment, async ({ clients }) => {
        if (finish) {
          await clients.finishRotation(appId, number);
          return note("Only the newest secret is valid now.");
        }
        const created = randomPassword();
        await clients.rotate(appId, created.reveal(), number);
        show(appId, created);
        note("The previous secret is also valid until: hdl-server clients rotate … --finish");
      }),
    revoke: (directory, appId, { number }) =>
      withClients(directory, environment, async ({ clients }) => {
        await clients.revoke(appId, number);
        note("Revoked. Its handles are not changed.");
      }),
    grant: (directory, first, identifier, authDomain, { appId: others = [] } = {}) =>
      withClients(directory, environment, async ({ clients, grant }) => {
        const appIds = [first, ...others];
        await grant(appIds, identifier, authDomain);
        note("Granted.");
        for (const appId of appIds) {
          const { entries = [] } = (await clients.find(appId)) ?? {};
          if (entries.length === 0) note(`There is no client with the App Id ${quoteForMessage(appId)} yet.`);
        }
      }),
  };
}
