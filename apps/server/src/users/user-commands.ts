import {
  decodeUtf8,
  foldCase,
  formatReference,
  HandleError,
  prefixHandle,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import { endSessions } from "@handlekit/service";
import type { CommandContext } from "../command-context.ts";
import { withDirectory } from "../control/with-directory.ts";
import { readPrefix } from "../read-prefix.ts";
import { formatTable } from "../table.ts";
import {
  addAdministrator,
  assertAdministered,
  listAdministrators,
  removeAdministrator,
} from "./administrators.ts";
import { readIdentity } from "./read-identity.ts";
import { choosePassword, readPublicKey } from "./read-user-key.ts";
import { addKey, prefixFor, removeKey, replaceKey } from "./user-keys.ts";

/** The option of a password. */
export interface PasswordOptions {
  /** The file with the password; `-` for standard input. Default: one is created and printed. */
  readonly passwordFile?: string | undefined;
}

/** Options of `hdl-server user add`. */
export interface AddUserOptions extends PasswordOptions {
  /** The file with a public key, in place of a password. */
  readonly publicKey?: string | undefined;
  /** Whether the user becomes an administrator of its prefix. */
  readonly admin?: boolean | undefined;
}

/** The commands of `hdl-server user`. */
export interface UserCommands {
  add(directory: string, identity: string, options: AddUserOptions): Promise<void>;
  password(directory: string, identity: string, options: PasswordOptions): Promise<void>;
  key(directory: string, identity: string, options: { readonly publicKey: string }): Promise<void>;
  revoke(directory: string, identity: string): Promise<void>;
  list(directory: string, options: { readonly prefix?: readonly string[] | undefined }): Promise<void>;
}

/** Creates the commands of `hdl-server user`, which work on data directories. */
export function createUserCommands({ environment, print, note }: CommandContext): UserCommands {
  /** Prints the user, and its password if that was created here. */
  const show = (identity: ValueReference, created?: Secret) => {
    const user = formatReference(identity);
    print(JSON.stringify({ user, password: created && decodeUtf8(created.reveal()) }));
    if (created) note("This password cannot be shown again.");
  };
  const newPassword = async ({ passwordFile }: PasswordOptions) => {
    const { password, isNew } = await choosePassword(passwordFile, note);
    return { key: { password }, created: isNew ? password : undefined };
  };

  return {
    async add(directory, text, { publicKey, admin = false, ...options }) {
      const identity = readIdentity(text);
      const { key, created } =
        publicKey === undefined
          ? await newPassword(options)
          : { key: { publicKey: await readPublicKey(publicKey) }, created: undefined };
      const prefix = prefixFor(identity.handle);
      await withDirectory(directory, environment, async ({ store }) => {
        if (admin) await assertAdministered(store, prefix);
        await addKey(store, identity, key);
        if (admin) await addAdministrator(store, prefix, identity);
      });
      show(identity, created);
      if (!admin)
        note(`It has only the rights that records give it; --admin makes it an administrator of ${prefix}.`);
    },
    async password(directory, text, options) {
      const identity = readIdentity(text);
      const { key, created } = await newPassword(options);
      await withDirectory(directory, environment, ({ store }) => replaceKey(store, identity, key));
      show(identity, created);
      note("Its sessions with the former password have ended.");
    },
    async key(directory, text, { publicKey }) {
      const identity = readIdentity(text);
      const key = { publicKey: await readPublicKey(publicKey) };
      await withDirectory(directory, environment, ({ store }) => replaceKey(store, identity, key));
      show(identity);
      note("Its sessions with the former key have ended.");
    },
    async revoke(directory, text) {
      const identity = readIdentity(text);
      const name = formatReference(identity);
      await withDirectory(directory, environment, async ({ store, state }) => {
        const { isRemoved, others } = await removeKey(store, identity);
        const lists = await removeAdministrator(store, identity);
        if (!isRemoved && lists.length === 0) {
          throw new HandleError("values_not_found", {
            message: `${name} has no key here, and no prefix handle names it; nothing was changed.`,
            hint: "Check the index and the handle: hdl-server user list DIRECTORY",
            handle: identity.handle,
          });
        }
        const ended = await endSessions(state, { identity });
        note(`Revoked ${name}. Sessions that were ended: ${ended}. Its record is kept.`);
        for (const { prefix, left } of lists) {
          note(`It is no longer in the HS_VLIST of ${prefixHandle(prefix)}.`);
          if (left === 0) note(`Nobody is left there: hdl-server user add ${directory} USER --admin`);
        }
        for (const { index, type } of others) {
          note(`The handle has another key, ${type} at ${index}, which is still valid.`);
        }
      });
    },
    list: (directory, { prefix }) =>
      withDirectory(directory, environment, async ({ store }) => {
        const homed = await store.prefixes();
        const asked = prefix?.map((each) => foldCase(readPrefix(each))) ?? homed;
        const found = await Promise.all(asked.map((each) => listAdministrators(store, each)));
        const rows = found
          .flat()
          .map((each) => [each.prefix, formatReference(each.identity), each.keys.join(", ") || "none"]);
        print(formatTable(["PREFIX", "IDENTITY", "KEYS"], rows));
      }),
  };
}
