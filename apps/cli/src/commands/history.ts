import { digestOf, type HandleClient, type HistoryEntry } from "@handlekit/client";
import { printable } from "@handlekit/core";
import { wholeNumber } from "../arguments.ts";
import type { Call, CommandModule } from "../command.ts";
import { shownValues } from "../format-values.ts";
import { withClient } from "../open-client.ts";
import type { Output } from "../output.ts";
import { confirm } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import {
  addModifyAdmin,
  addWriteOptions,
  addYes,
  formatChange,
  reportChange,
  shownDifference,
  type WriteFlags,
} from "../write-options.ts";

interface HistoryFlags extends WriteFlags {
  readonly limit?: number | undefined;
  readonly restore?: number | undefined;
  readonly before?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

type HistoryCall = Call<HistoryFlags, [handle: string]>;

const MAX_PAGE = 100;

/** The options that only have a meaning with --restore. */
const OF_RESTORE = [
  ["before", "--before"],
  ["dryRun", "--dry-run"],
  ["ifUnchanged", "--if-unchanged"],
  ["modifyAdmin", "--modify-admin"],
  ["yes", "--yes"],
] as const;

function checkFlags(flags: HistoryFlags): void {
  if (flags.restore === undefined) {
    const [, name] = OF_RESTORE.find(([flag]) => flags[flag] !== undefined) ?? [];
    if (name !== undefined) throw usageError(`${name} is for --restore NUMBER; nothing was done.`);
  } else if (flags.limit !== undefined) throw usageError("--limit and --restore exclude each other.");
}

/** The members of an entry with --json. */
function entryMembers(entry: HistoryEntry, output: Output): object {
  const { number, digest, time, identity, scheme, address, operation, note, before, after, difference } =
    entry;
  return {
    number,
    digest,
    time,
    identity,
    scheme,
    address,
    operation,
    note,
    before: before && shownValues(before, output),
    after: after && shownValues(after, output),
    difference: shownDifference(difference, output),
  };
}

async function show(client: HandleClient, { args, flags, output, signal }: HistoryCall): Promise<void> {
  const [handle] = args;
  const { limit = Number.POSITIVE_INFINITY } = flags;
  const pageSize = Math.max(1, Math.min(limit, MAX_PAGE));
  let count = 0;
  for await (const entry of client.history(handle, { signal, pageSize })) {
    if (count++ >= limit) return;
    output.result({ handle, ...entryMembers(entry, output) }, () => formatChange(entry, output.style));
    if (count === limit) return;
  }
  if (count === 0) output.say(`hdl: The history of ${printable(handle)} has no entries.`);
}

async function restore(client: HandleClient, call: HistoryCall, number: number): Promise<void> {
  const { flags, output, signal } = call;
  const [handle] = call.args;
  const { before, dryRun, ifUnchanged, yes } = flags;
  const how = { signal, state: before ? "before" : "after", ifUnchanged } as const;
  if (dryRun || yes) {
    reportChange(await client.restore(handle, number, { ...how, dryRun }), output);
    return;
  }
  const planned = await client.restore(handle, number, { ...how, dryRun: true });
  if (planned.difference.length === 0 && !planned.created) return reportChange(planned, output);
  output.say(formatChange(planned, output.errStyle));
  await confirm(`Restore ${printable(handle)} to its state ${how.state} entry ${number}?`, yes);
  // It must still be the record of which the difference was shown. A new one is never written over another.
  const digest = planned.created ? undefined : await digestOf(planned.before);
  reportChange(await client.restore(handle, number, { ...how, ifUnchanged: ifUnchanged ?? digest }), output);
}

/** `hdl history HANDLE`: shows the changes of a handle, and brings an earlier state back. */
export const command: CommandModule<HistoryFlags, [handle: string]> = {
  define: (command) =>
    addYes(
      addModifyAdmin(
        addWriteOptions(
          command
            .argument("<handle>")
            .option("--limit <n>", "no more than this number of entries", wholeNumber)
            .option("--restore <number>", "bring the state after this entry back", wholeNumber)
            .option("--before", "with --restore: the state before it, such as that of a deleted handle"),
        ),
      ),
    ),
  examples: [
    ["hdl history 20.500.12345/abc", "who changed what, the newest change first"],
    [
      "hdl history 20.500.12345/abc --restore 17 --dry-run",
      "what would change to be as it was after entry 17",
    ],
    ["hdl history 20.500.12345/abc --restore 21 --before", "undoes entry 21, and all later ones"],
  ],
  async run(call) {
    checkFlags(call.flags);
    const { restore: number, modifyAdmin } = call.flags;
    await withClient(
      call,
      (client) => (number === undefined ? show(client, call) : restore(client, call, number)),
      { modifyAdmin },
    );
    return undefined;
  },
};
