import { formatReference, invalidOptions, parseReference } from "@handlekit/core";
import { endSessions, listSessions } from "@handlekit/service";
import type { CommandContext } from "../command-context.ts";
import { withDirectory } from "../control/with-directory.ts";
import { formatTable } from "../table.ts";

/** Options of `hdl-server sessions revoke`, of which one is given. */
export interface RevokeSessionsOptions {
  /** Ends the sessions of an identity; without an index, those of all keys of the handle. */
  readonly identity?: string | undefined;
  readonly all?: boolean | undefined;
}

/** The commands of `hdl-server sessions`. */
export interface SessionCommands {
  list(directory: string): Promise<void>;
  revoke(directory: string, options: RevokeSessionsOptions): Promise<void>;
}

const HEAD = ["SESSION", "IDENTITY", "SINCE", "LAST USED", "ENDS"];
/** The characters of a digest that are shown. */
const SHOWN = 8;

const seconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/** Creates the commands of `hdl-server sessions`, which work on data directories. */
export function createSessionCommands({ environment, print, note }: CommandContext): SessionCommands {
  return {
    list: (directory) =>
      withDirectory(directory, environment, async ({ state, settings: { maxSessionSeconds } }) => {
        const sessions = await listSessions(state, { maxSessionSeconds });
        const rows = sessions.map(({ digest, identity, since, lastUsed, expires }) => [
          digest.slice(0, SHOWN),
          formatReference(identity),
          ...[since, lastUsed, expires].map(seconds),
        ]);
        print(formatTable(HEAD, rows));
      }),
    async revoke(directory, { identity, all = false }) {
      if ((identity === undefined) !== all) {
        throw invalidOptions(
          "Say whose sessions to end, or that all are meant.",
          "Give --identity 300:prefix/suffix, or --all.",
        );
      }
      const whose = identity === undefined ? undefined : parseReference(identity);
      await withDirectory(directory, environment, async ({ state }) => {
        note(`Sessions that were ended: ${await endSessions(state, { identity: whose })}`);
      });
    },
  };
}
