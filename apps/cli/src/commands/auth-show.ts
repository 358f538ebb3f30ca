import { formatReference } from "@handlekit/core";
import { describeCredentials } from "@handlekit/credentials";
import type { CommandModule } from "../command.ts";
import { findCredentials } from "../find-credentials.ts";
import { readCredentials } from "../open-client.ts";

/** `hdl auth show`: shows which credentials a command would use. */
export const command: CommandModule = {
  define: (command) => command,
  examples: [["hdl auth show", "which file is used, and what it says, without its secrets"]],
  async run(call) {
    const { output, flags } = call;
    const { why, file } = findCredentials(flags, process.env, process.cwd());
    const credentials = await readCredentials(call);
    const { server, login, httpsVerify, handleOwner } = credentials;
    const members = {
      file: file ?? null,
      why,
      server,
      login: login?.kind,
      identity: login?.identity && formatReference(login.identity),
      validUntil: login?.kind === "certificate" ? login.notAfter : undefined,
      owner: handleOwner && formatReference(handleOwner),
      verifiesServer: httpsVerify !== false,
    };
    output.result(members, () => `chosen by ${why}\n${describeCredentials(credentials)}`);
    return undefined;
  },
};
