import type { ArdcType } from "@handlekit/ardc";
import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { type ArdcFlags, addArdcOptions, showIdentifier, withArdc } from "../open-ardc.ts";

interface AddFlags extends ArdcFlags {
  readonly index?: number | undefined;
}

/** `hdl ardc add HANDLE TYPE VALUE`: adds a value. */
export const command: CommandModule<AddFlags, [handle: string, type: string, value: string]> = {
  define: (command) =>
    addArdcOptions(command)
      .argument("<handle>")
      .argument("<type>", "URL or DESC")
      .argument("<value>")
      .option("-i, --index <n>", "at this index; default: the lowest free one", wholeNumber),
  examples: [["hdl ardc add 102.100.100/1 DESC 'A data set'", "a description"]],
  async run(call) {
    const [handle, type, value] = call.args;
    const { index } = call.flags;
    const how = { signal: call.signal };
    // The client rejects other types.
    const known = type as ArdcType;
    await withArdc(call, async (client) =>
      showIdentifier(
        index === undefined
          ? await client.addValue(handle, known, value, how)
          : await client.addValueByIndex(handle, index, known, value, how),
        call.output,
      ),
    );
    return undefined;
  },
};
