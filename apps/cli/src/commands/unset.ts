import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { addModifyAdmin, addWriteOptions, reportChange, type WriteFlags } from "../write-options.ts";

interface UnsetFlags extends WriteFlags {
  readonly ignoreMissing?: boolean | undefined;
}

/** `hdl unset HANDLE INDEX|TYPE...`: deletes values. */
export const command: CommandModule<UnsetFlags, [handle: string, which: readonly string[]]> = {
  define: (command) =>
    addModifyAdmin(
      addWriteOptions(
        command
          .argument("<handle>")
          .argument(
            "<which...>",
            "indexes, and types, which stand for all values of the type; case-sensitive",
          ),
      ),
    ).option("--ignore-missing", "it is no error if the record has no value of a type"),
  examples: [
    ["hdl unset 20.500.12345/abc EMAIL", "all values of the type EMAIL"],
    ["hdl unset 20.500.12345/abc 4 5", "the values at the indexes 4 and 5: both, or none if one is missing"],
  ],
  async run(call) {
    const [handle, which] = call.args;
    const { dryRun, ifUnchanged, modifyAdmin, ignoreMissing } = call.flags;
    const wanted = which.map((each) => (/^\d{1,10}$/.test(each) ? Number(each) : each));
    const how = { signal: call.signal, dryRun, ifUnchanged, ignoreMissing };
    const change = await withClient(call, (client) => client.deleteValues(handle, wanted, how), {
      modifyAdmin,
    });
    reportChange(change, call.output);
    return undefined;
  },
};
