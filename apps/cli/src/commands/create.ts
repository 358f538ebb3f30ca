import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { readValues, VALUES_HELP } from "../value-arguments.ts";
import { addDryRun, reportChange, type WriteFlags } from "../write-options.ts";

interface CreateFlags extends WriteFlags {
  readonly overwrite?: boolean | undefined;
  readonly allowUnusual?: boolean | undefined;
  readonly owner?: string | undefined;
}

/** `hdl create HANDLE VALUE...`: creates a handle. */
export const command: CommandModule<CreateFlags, [handle: string, values: readonly string[]]> = {
  define: (command) =>
    addDryRun(command.argument("<handle>").argument("<values...>", VALUES_HELP))
      .option("--overwrite", "replace the whole record if the handle exists")
      .option("--owner <reference>", "who may change it, such as 200:0.NA/20.500.12345; default: handleowner")
      .option("--allow-unusual", "also an empty suffix, or invisible characters at an end"),
  examples: [
    ["hdl create 20.500.12345/abc URL=https://example.org/ TITLE='A record'", "a handle with two values"],
    ["hdl create 20.500.12345/abc @record.json", "the values that a file has"],
    ["hdl create 20.500.12345/USER1 300:HS_SECKEY", "asks for the secret key"],
  ],
  async run(call) {
    const [handle, values] = call.args;
    const { overwrite, dryRun, allowUnusual, owner } = call.flags;
    const wanted = await readValues(values);
    const how = { signal: call.signal, overwrite, dryRun, allowUnusual };
    const change = await withClient(call, (client) => client.create(handle, wanted, how), { owner });
    reportChange(change, call.output);
    return undefined;
  },
};
