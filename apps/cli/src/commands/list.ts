import { printable } from "@handlekit/core";
import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";

interface ListFlags {
  readonly limit?: number | undefined;
}

/** `hdl list PREFIX`: lists handles, as they arrive. */
export const command: CommandModule<ListFlags, [prefix: string]> = {
  define: (command) =>
    command
      .argument("<prefix>", "such as 20.500.12345")
      .option("--limit <n>", "no more than this number", wholeNumber),
  examples: [
    ["hdl list 20.500.12345", "every handle of the prefix, one per line"],
    ["hdl list 20.500.12345 | hdl get - --value URL", "the address of each"],
  ],
  async run(call) {
    const { args, flags, output, signal } = call;
    const [prefix] = args;
    const { limit = Number.POSITIVE_INFINITY } = flags;
    return withClient(call, async (client) => {
      let count = 0;
      for await (const handle of client.list(prefix, { signal })) {
        if (count++ >= limit) break;
        output.result({ handle }, printable(handle));
      }
      if (count === 0 && limit > 0) output.say(`hdl: ${printable(prefix)} has no handles here.`);
      return undefined;
    });
  },
};
