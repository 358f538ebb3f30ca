import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { addWriteOptions, reportChange, type WriteFlags } from "../write-options.ts";

/** `hdl loc repair HANDLE`: replaces a malformed value by what can be read of it. */
export const command: CommandModule<WriteFlags, [handle: string]> = {
  define: (command) => addWriteOptions(command.argument("<handle>")),
  examples: [["hdl loc repair 20.500.12345/abc --dry-run", "what would be kept"]],
  async run(call) {
    const [handle] = call.args;
    const { dryRun, ifUnchanged } = call.flags;
    const how = { signal: call.signal, dryRun, ifUnchanged };
    reportChange(await withClient(call, (client) => client.locations.repair(handle, how)), call.output);
    return undefined;
  },
};
