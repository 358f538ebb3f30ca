import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { readValues, VALUES_HELP } from "../value-arguments.ts";
import { addModifyAdmin, addWriteOptions, reportChange, type WriteFlags } from "../write-options.ts";

interface SetFlags extends WriteFlags {
  readonly ttl?: number | undefined;
  readonly add?: boolean | undefined;
}

/** `hdl set HANDLE VALUE...`: changes or adds values. */
export const command: CommandModule<SetFlags, [handle: string, values: readonly string[]]> = {
  define: (command) =>
    addModifyAdmin(addWriteOptions(command.argument("<handle>").argument("<values...>", VALUES_HELP)))
      .option("--ttl <seconds>", "how long resolvers may cache the values that are written", wholeNumber)
      .option("--no-add", "fail if the record has no value of the type, instead of adding it"),
  examples: [
    ["hdl set 20.500.12345/abc URL=https://example.org/moved", "replaces the only URL, or adds one"],
    ["hdl set 20.500.12345/abc 5:EMAIL=someone@example.org --dry-run", "shows what would change"],
    ["hdl set 20.500.12345/abc DESC=@description.txt", "the data that a file has"],
  ],
  async run(call) {
    const [handle, values] = call.args;
    const { dryRun, ifUnchanged, modifyAdmin, ttl, add } = call.flags;
    const wanted = await readValues(values);
    const how = { signal: call.signal, dryRun, ifUnchanged, ttl, add };
    reportChange(
      await withClient(call, (client) => client.modify(handle, wanted, how), { modifyAdmin }),
      call.output,
    );
    return undefined;
  },
};
