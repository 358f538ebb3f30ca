import { decodeUtf8, type Secret } from "@handlekit/core";
import { randomPassword } from "../random-password.ts";
import { clientTable } from "./client-table.ts";
import { withClients } from "./open-clients.ts";

/** What `hdl-server clients add` is told. */
export interface AddOptions {
  readonly description: string;
  readonly appId?: string;
  readonly address?: readonly string[];
  /** False registers the addresses alone. */
  readonly secret: boolean;
}

/** Which registration is meant, as commander gives it. */
export interface WhichOptions {
  readonly number?: number;
}

/** The commands of `hdl-server clients`. */
export interface ClientCommands {
  add(directory: string, options: AddOptions): Promise<void>;
  list(directory: string): Promise<void>;
  rotate(
    directory: string,
    appId: string,
    options: WhichOptions & { readonly finish?: boolean },
  ): Promise<void>;
  revoke(directory: string, appId: string, options: WhichOptions): Promise<void>;
  grant(directory: string, appId: string, identifier: string, authDomain: string): Promise<void>;
}

/** Where the commands write to. */
export interface ClientOutput {
  /** Standard output: what was asked for. */
  print(text: string): void;
  /** Standard error: what people are told beside. */
  talk(text: string): void;
}

/**
 * The commands of `hdl-server clients` on data directories. A secret is made here, printed once and kept as a mark.
 *
 * @param environment may have settings and the key
 */
export function createClientCommands(
  environment: Readonly<Record<string, string | undefined>>,
  { print, talk }: ClientOutput,
): ClientCommands {
  const show = (appId: string, made: Secret | undefined) => {
    const sharedSecret = made && decodeUtf8(made.reveal());
    print(JSON.stringify({ appId, ...(sharedSecret === undefined ? {} : { sharedSecret }) }));
    if (made) talk("The secret is shown now and never again.");
  };

  return {
    add: (directory, { description, appId, address = [], secret }) =>
      withClients(directory, environment, async ({ clients }) => {
        const made = secret ? randomPassword() : undefined;
        show(await clients.add({ appId, description, addresses: address, secret: made?.reveal() }), made);
      }),
    list: (directory) =>
      withClients(directory, environment, async ({ clients }) => print(clientTable(await clients.list()))),
    rotate: (directory, appId, { number, finish }) =>
      withClients(directory, environment, async ({ clients }) => {
        if (finish) {
          await clients.finishRotation(appId, number);
          return talk("Only the newest secret counts from now on.");
        }
        const made = randomPassword();
        await clients.rotate(appId, made.reveal(), number);
        show(appId, made);
        talk("The former secret counts, too, until: hdl-server clients rotate … --finish");
      }),
    revoke: (directory, appId, { number }) =>
      withClients(directory, environment, async ({ clients }) => {
        await clients.revoke(appId, number);
        talk("Revoked. Its handles stay as they are.");
      }),
    grant: (directory, appId, identifier, authDomain) =>
      withClients(directory, environment, async ({ grant }) => {
        await grant(appId, identifier, authDomain);
        talk("Granted.");
      }),
  };
}
