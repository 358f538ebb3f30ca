import {
  foldCase,
  formatReference,
  HandleError,
  handleKey,
  prefixHandle,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import type { CommandContext } from "../command-context.ts";
import { auditCommand } from "../control/update-audited.ts";
import { withDirectory } from "../control/with-directory.ts";
import { readPrefix } from "../read-prefix.ts";
import { addAdministrator, keysOf } from "../users/administrators.ts";
import { readIdentity } from "../users/read-identity.ts";

/** Options of `hdl-server prefix home`. */
export interface HomeOptions {
  /** An identity that becomes an administrator of the prefix. */
  readonly admin?: string | undefined;
}

/** The commands of `hdl-server prefix`. */
export interface PrefixCommands {
  list(directory: string): Promise<void>;
  home(directory: string, prefix: string, options: HomeOptions): Promise<void>;
  unhome(directory: string, prefix: string): Promise<void>;
}

/** The namespace of all prefix handles needs no prefix handle of its own. */
const NAMESPACE = "0.NA";

async function hasRecord(store: HandleStore, handle: string): Promise<boolean> {
  return (await store.read(handleKey(handle))) !== undefined;
}

/** Creates the commands of `hdl-server prefix`, which work on data directories. */
export function createPrefixCommands({ environment, print, note }: CommandContext): PrefixCommands {
  const noteMissing = (directory: string, prefix: string) => {
    note(`Nobody can create handles of ${prefix}: its prefix handle ${prefixHandle(prefix)} does not exist.`);
    note(`Create it: hdl-server prefix home ${directory} ${prefix} --admin 300:${prefix}/ADMIN`);
  };
  const makeAdministrator = async (
    store: HandleStore,
    directory: string,
    prefix: string,
    identity: ValueReference,
  ) => {
    const name = formatReference(identity);
    const outcome = await addAdministrator(store, prefix, identity);
    if (outcome === "created") note(`Created the prefix handle ${prefixHandle(prefix)}.`);
    note(`${name} is ${outcome === "kept" ? "already " : ""}an administrator of ${prefix}.`);
    if ((await keysOf(store, identity)).length === 0) {
      note(`It has no key here yet: hdl-server user add ${directory} ${name}`);
    }
  };

  return {
    list: (directory) =>
      withDirectory(directory, environment, async ({ store }) => {
        for (const prefix of await store.prefixes()) {
          print(prefix);
          if (prefix !== NAMESPACE && !(await hasRecord(store, prefixHandle(prefix)))) {
            noteMissing(directory, prefix);
          }
        }
      }),
    async home(directory, text, { admin }) {
      const prefix = readPrefix(text);
      const identity = admin === undefined ? undefined : readIdentity(admin);
      await withDirectory(directory, environment, async ({ store }) => {
        // First, so that a prefix that is homed has its administrator.
        if (identity !== undefined) await makeAdministrator(store, directory, prefix, identity);
        if ((await store.prefixes()).includes(foldCase(prefix))) {
          note(`${prefix} is homed already.`);
        } else {
          await store.home(foldCase(prefix));
          await auditCommand(store, "home", prefixHandle(prefix));
          note(`Homed ${prefix}.`);
        }
        if (foldCase(prefix) !== NAMESPACE && !(await hasRecord(store, prefixHandle(prefix)))) {
          noteMissing(directory, prefix);
        }
      });
    },
    async unhome(directory, text) {
      const prefix = readPrefix(text);
      await withDirectory(directory, environment, async ({ store }) => {
        if (!(await store.prefixes()).includes(foldCase(prefix))) {
          throw new HandleError("prefix_not_served", {
            message: `The prefix ${prefix} is not homed here; nothing was changed.`,
            hint: `hdl-server prefix list ${directory} shows those that are.`,
          });
        }
        await store.unhome(foldCase(prefix));
        await auditCommand(store, "unhome", prefixHandle(prefix));
        note(`${prefix} is no longer served. Its records are kept, and served again when it is homed.`);
      });
    },
  };
}
