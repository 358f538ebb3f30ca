import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { addWriteOptions, reportChange, type WriteFlags } from "../write-options.ts";

/** `hdl loc replace HANDLE OLD NEW`: replaces a URL, and keeps its attributes. */
export const command: CommandModule<WriteFlags, [handle: string, old: string, now: string]> = {
  define: (command) => addWriteOptions(command.argument("<handle>").argument("<old>").argument("<new>")),
  examples: [
    ["hdl loc replace 20.500.12345/abc https://old.example.org/ https://new.example.org/", "a moved mirror"],
  ],
  async run(call) {
    const [handle, old, now] = call.args;
    const { dryRun, ifUnchanged } = call.flags;
    const how = { signal: call.signal, dryRun, ifUnchanged };
    reportChange(
      await withClient(call, (client) => client.locations.exchange(handle, old, now, how)),
      call.output,
    );
    return undefined;
  },
};
