import { printable } from "@handlekit/core";
import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { type ArdcFlags, addArdcOptions, showIdentifier, withArdc } from "../open-ardc.ts";
import { confirm } from "../terminal.ts";
import { addYes } from "../write-options.ts";

interface DeleteFlags extends ArdcFlags {
  readonly yes?: boolean | undefined;
}

/** `hdl ardc delete HANDLE INDEX`: deletes a value. */
export const command: CommandModule<DeleteFlags, [handle: string, index: number]> = {
  define: (command) =>
    addYes(addArdcOptions(command).argument("<handle>").argument("<index>", "its index", wholeNumber)),
  examples: [["hdl ardc delete 102.100.100/1 2 --yes", "deletes the value at index 2"]],
  async run(call) {
    const [handle, index] = call.args;
    await confirm(`Delete value ${index} of ${printable(handle)}?`, call.flags.yes);
    await withArdc(call, async (client) =>
      showIdentifier(await client.deleteValueByIndex(handle, index, { signal: call.signal }), call.output),
    );
    return undefined;
  },
};
