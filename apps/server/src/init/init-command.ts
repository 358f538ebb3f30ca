import { printable } from "@handlekit/core";
import { readPassword } from "../read-password.ts";
import { init } from "./init.ts";

/** Options of `hdl-server init`. */
export interface InitCommandOptions {
  readonly prefix: string;
  readonly user?: string | undefined;
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly store?: string | undefined;
  readonly storePasswordFile?: string | undefined;
}

/** Creates a data directory. */
export type InitCommand = (directory: string, options: InitCommandOptions) => Promise<void>;

/**
 * Creates the command `hdl-server init`, which says what it created and what to do next.
 *
 * @param note writes a note to standard error
 */
export function createInitCommand(note: (text: string) => void): InitCommand {
  return async (directory, { passwordFile, ...options }) => {
    const { prefix, url, store } = options;
    const password = passwordFile === undefined ? undefined : await readPassword(passwordFile, note);
    const created = await init(directory, { ...options, password, warn: note });
    note(`Created ${created.directory}, which only you can read:`);
    note(`  user and password     ${created.passwordCredentials}`);
    note(`  client certificate    ${created.certificateCredentials}`);
    if (store !== undefined) note(`The records are in ${printable(store)}.`);
    note(
      `It will listen on ${created.host}, port ${created.port}; change "host" in its config.json for another address.`,
    );
    if (!created.reachable) {
      note(`Only this machine can reach it there, not ${url}. For every interface, set "host" to "0.0.0.0".`);
    }
    note(`Start it:   hdl-server serve ${directory}`);
    note(
      `Then:       hdl create ${prefix}/first URL=https://example.org/ --credentials ${created.passwordCredentials}`,
    );
  };
}
