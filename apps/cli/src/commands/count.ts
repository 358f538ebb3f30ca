import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";

/** `hdl count PREFIX`: the number of handles. */
export const command: CommandModule<object, [prefix: string]> = {
  define: (command) => command.argument("<prefix>", "such as 20.500.12345"),
  examples: [["hdl count 20.500.12345", "the number of handles of the prefix"]],
  async run(call) {
    const [prefix] = call.args;
    const count = await withClient(call, (client) => client.count(prefix, { signal: call.signal }));
    call.output.result({ prefix, count }, String(count));
    return undefined;
  },
};
