import { printable } from "@handlekit/core";
import { checkLogin } from "../check-login.ts";
import type { CommandModule } from "../command.ts";
import { readCredentials } from "../open-client.ts";

/** `hdl auth check`: logs in. */
export const command: CommandModule = {
  define: (command) => command,
  examples: [["hdl auth check", "tries the login, and changes nothing"]],
  async run(call) {
    const { output, signal } = call;
    const credentials = await readCredentials(call);
    const identity = await checkLogin(call, credentials, signal);
    const { server = "" } = credentials;
    output.result({ server, identity }, `${printable(server)} accepts the login as ${printable(identity)}.`);
    return undefined;
  },
};
