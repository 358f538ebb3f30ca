import { printable } from "@handlekit/core";
import { chooseLocation } from "@handlekit/loc";
import { collect } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";

interface ChooseFlags {
  readonly locatt?: readonly string[] | undefined;
  readonly country?: string | undefined;
}

/** `hdl loc choose HANDLE`: prints the location that a resolver would choose. */
export const command: CommandModule<ChooseFlags, [handle: string]> = {
  define: (command) =>
    command
      .argument("<handle>")
      .option("--locatt <name:value>", "ask for locations with this attribute (repeatable)", collect(String))
      .option("--country <code>", "the country of the client, two letters"),
  examples: [["hdl loc choose 20.500.12345/abc --country de", "the one for a client in Germany"]],
  async run(call) {
    const { args, flags, output, signal } = call;
    const [handle] = args;
    const { locatt, country } = flags;
    const locations = await withClient(call, (client) => client.locations.read(handle, { signal }));
    const chosen = locations && chooseLocation(locations, { locatt, country, handle });
    output.result({ handle, url: chosen?.url ?? null }, printable(chosen?.url ?? ""));
    if (chosen === undefined) output.say(`hdl: ${printable(handle)} has no locations (10320/loc).`);
    return undefined;
  },
};
