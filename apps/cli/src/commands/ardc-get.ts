import { printable } from "@handlekit/core";
import type { CommandModule } from "../command.ts";
import { type ArdcFlags, addArdcOptions, showIdentifier, withArdc } from "../open-ardc.ts";
import { usageError } from "../usage-error.ts";

interface GetFlags extends ArdcFlags {
  readonly value?: string | undefined;
}

/** `hdl ardc get HANDLE`: shows a handle; with --value the handles that have the value. */
export const command: CommandModule<GetFlags, [handle: string | undefined]> = {
  define: (command) =>
    addArdcOptions(command)
      .argument("[handle]")
      .option("--value <text>", "list the handles with exactly this value"),
  examples: [
    ["hdl ardc get 102.100.100/1", "a handle and its values"],
    ["hdl ardc get --value https://example.org/data/1", "the handles that lead there"],
  ],
  async run(call) {
    const [handle] = call.args;
    const { value } = call.flags;
    const how = { signal: call.signal };
    if ((handle === undefined) === (value === undefined))
      throw usageError("Give either a handle or --value.");
    // Reading is anonymous: it works with incomplete credentials and over plain http.
    await withArdc(
      call,
      async (client) => {
        if (handle !== undefined) return showIdentifier(await client.getHandle(handle, how), call.output);
        for (const one of await client.getHandlesByValue(value ?? "", how)) {
          call.output.result({ handle: one }, printable(one));
        }
      },
      true,
    );
    return undefined;
  },
};
