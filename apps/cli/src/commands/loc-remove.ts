import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { addWriteOptions, reportChange, type WriteFlags } from "../write-options.ts";

/** `hdl loc remove HANDLE URL...`: removes locations. */
export const command: CommandModule<WriteFlags, [handle: string, urls: readonly string[]]> = {
  define: (command) => addWriteOptions(command.argument("<handle>").argument("<urls...>")),
  examples: [["hdl loc remove 20.500.12345/abc https://mirror.example.org/abc", "takes one URL out"]],
  async run(call) {
    const [handle, urls] = call.args;
    const { dryRun, ifUnchanged } = call.flags;
    const how = { signal: call.signal, dryRun, ifUnchanged };
    reportChange(await withClient(call, (client) => client.locations.remove(handle, urls, how)), call.output);
    return undefined;
  },
};
