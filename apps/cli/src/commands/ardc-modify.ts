import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { type ArdcFlags, addArdcOptions, showIdentifier, withArdc } from "../open-ardc.ts";

/** `hdl ardc modify HANDLE INDEX VALUE`: replaces a value. */
export const command: CommandModule<ArdcFlags, [handle: string, index: number, value: string]> = {
  define: (command) =>
    addArdcOptions(command)
      .argument("<handle>")
      .argument("<index>", "its index", wholeNumber)
      .argument("<value>"),
  examples: [["hdl ardc modify 102.100.100/1 1 https://example.org/moved", "another address"]],
  async run(call) {
    const [handle, index, value] = call.args;
    await withArdc(call, async (client) =>
      showIdentifier(
        await client.modifyValueByIndex(handle, index, value, { signal: call.signal }),
        call.output,
      ),
    );
    return undefined;
  },
};
