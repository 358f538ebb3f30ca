import type { HandleClient } from "@handlekit/client";
import { isHandleError, printable } from "@handlekit/core";
import type { Call, CommandModule } from "../command.ts";
import { handlesFrom } from "../handles-argument.ts";
import { withClient } from "../open-client.ts";
import { reportItem } from "../report-error.ts";
import { confirm } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { addDryRun, addYes, reportChange, type WriteFlags } from "../write-options.ts";

interface DeleteFlags extends WriteFlags {
  readonly yes?: boolean | undefined;
}

async function deleteAll(
  client: HandleClient,
  { args, flags, output, signal }: DeleteCall,
): Promise<number | undefined> {
  const [handles] = args;
  const { dryRun, ifUnchanged } = flags;
  const several = handles.length > 1 || handles[0] === "-";
  let code: number | undefined;
  for await (const handle of handlesFrom(handles)) {
    try {
      reportChange(await client.delete(handle, { signal, dryRun, ifUnchanged }), output);
    } catch (error) {
      if (!several || !isHandleError(error) || error.code === "aborted") throw error;
      const own = reportItem(output, error, handle);
      code ??= own;
    }
  }
  return code;
}

type DeleteCall = Call<DeleteFlags, [readonly string[]]>;

/** `hdl delete HANDLE...`: deletes handles with all their values. */
export const command: CommandModule<DeleteFlags, [readonly string[]]> = {
  define: (command) =>
    addYes(
      addDryRun(command.argument("<handles...>", "handles; - reads them from standard input, with --yes")),
    ).option("--if-unchanged <digest>", "only if the record still has this digest; for one handle"),
  examples: [
    ["hdl delete 20.500.12345/abc", "asks, then deletes the handle and all its values"],
    ["hdl delete 20.500.12345/abc --dry-run", "shows what would be deleted"],
    ["hdl delete 20.500.12345/abc --yes", "for scripts: without --yes they are refused"],
  ],
  async run(call) {
    const [handles] = call.args;
    const { yes, dryRun, ifUnchanged } = call.flags;
    if (ifUnchanged !== undefined && (handles.length > 1 || handles[0] === "-")) {
      throw usageError("--if-unchanged is for one handle.");
    }
    if (handles.includes("-") && !yes && !dryRun) {
      throw usageError(
        "Handles from standard input are deleted only with --yes.",
        "--dry-run shows them first.",
      );
    }
    const what =
      handles.length === 1
        ? `${printable(handles[0] ?? "")} and all its values`
        : `${handles.length} handles`;
    if (!dryRun) await confirm(`Delete ${what}?`, yes);
    return withClient(call, (client) => deleteAll(client, call), {
      many: handles.length > 1 || handles[0] === "-",
    });
  },
};
