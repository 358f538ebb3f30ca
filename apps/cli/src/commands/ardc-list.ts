import { printable } from "@handlekit/core";
import type { CommandModule } from "../command.ts";
import { type ArdcFlags, addArdcOptions, withArdc } from "../open-ardc.ts";

interface ListFlags extends ArdcFlags {
  readonly after?: string | undefined;
}

/** `hdl ardc list`: writes one handle per line, as they arrive. */
export const command: CommandModule<ListFlags> = {
  define: (command) => addArdcOptions(command).option("--after <handle>", "only those after this handle"),
  examples: [["hdl ardc list", "your handles"]],
  async run(call) {
    const { after } = call.flags;
    await withArdc(call, async (client) => {
      for await (const handle of client.listHandles({ after, signal: call.signal })) {
        call.output.result({ handle }, printable(handle));
      }
    });
    return undefined;
  },
};
