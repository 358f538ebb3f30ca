import type { CommandModule } from "../command.ts";
import { showLocations } from "../location-options.ts";
import { withClient } from "../open-client.ts";

/** `hdl loc list HANDLE`: shows the locations of a handle. */
export const command: CommandModule<object, [handle: string]> = {
  define: (command) => command.argument("<handle>"),
  examples: [["hdl loc list 20.500.12345/abc", "id, URL and attributes of each location"]],
  async run(call) {
    const [handle] = call.args;
    const locations = await withClient(call, (client) =>
      client.locations.read(handle, { signal: call.signal }),
    );
    showLocations(handle, locations, call.output);
    return undefined;
  },
};
