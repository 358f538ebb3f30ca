import { collect } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { readAttributes } from "../location-options.ts";
import { withClient } from "../open-client.ts";
import { addWriteOptions, reportChange, type WriteFlags } from "../write-options.ts";

interface AddFlags extends WriteFlags {
  readonly attribute?: readonly string[] | undefined;
}

/** `hdl loc add HANDLE URL...`: adds locations, or sets attributes of present ones. */
export const command: CommandModule<AddFlags, [handle: string, urls: readonly string[]]> = {
  define: (command) =>
    addWriteOptions(command.argument("<handle>").argument("<urls...>")).option(
      "-a, --attribute <name=value>",
      "an attribute, such as country=de or weight=0.5 (repeatable)",
      collect(String),
    ),
  examples: [
    ["hdl loc add 20.500.12345/abc https://mirror.example.org/abc", "one more URL for the handle"],
    ["hdl loc add 20.500.12345/abc https://de.example.org/abc -a country=de", "one for clients in Germany"],
  ],
  async run(call) {
    const [handle, urls] = call.args;
    const { dryRun, ifUnchanged, attribute } = call.flags;
    const how = { signal: call.signal, dryRun, ifUnchanged };
    const attributes = readAttributes(attribute);
    reportChange(
      await withClient(call, (client) => client.locations.add(handle, urls, attributes, how)),
      call.output,
    );
    return undefined;
  },
};
