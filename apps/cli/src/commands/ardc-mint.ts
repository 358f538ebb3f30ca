import { printable } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { type ArdcFlags, addArdcOptions, showIdentifier, withArdc } from "../open-ardc.ts";
import { usageError } from "../usage-error.ts";

interface MintFlags extends ArdcFlags {
  readonly url?: string | undefined;
  readonly desc?: string | undefined;
  readonly index?: number | undefined;
  readonly key?: string | undefined;
  readonly journal?: string | undefined;
}

/** `hdl ardc mint`: mints a handle; with --key and --journal at most one for the key. */
export const command: CommandModule<MintFlags> = {
  define: (command) =>
    addArdcOptions(command)
      .option("--url <url>", "the address that the handle redirects to")
      .option("--desc <text>", "a public description")
      .option("-i, --index <n>", "index of the first value", wholeNumber)
      .option("--key <key>", "mint at most one handle for this key; needs --journal and a value")
      .option("--journal <file>", "file that records what was minted"),
  examples: [
    ["hdl ardc mint --url https://example.org/data/1 --desc 'A data set'", "a handle with two values"],
    [
      "hdl ardc mint --url https://example.org/data/1 --key data-1 --journal mint.journal",
      "never two for one key",
    ],
  ],
  async run(call) {
    const { url, desc, index, key, journal: file } = call.flags;
    if ((key === undefined) !== (file === undefined)) {
      const missing = key === undefined ? "--key" : "--journal";
      throw usageError(`${missing} is missing: --key and --journal are used together.`);
    }
    await withArdc(call, async (client) => {
      const values = { url, desc, index, signal: call.signal };
      if (key === undefined || file === undefined)
        return showIdentifier(await client.mint(values), call.output);
      const journal = await openJournalFile(file);
      try {
        const { handle, outcome } = await client.mintOnce({ ...values, key, journal });
        call.output.result({ handle, outcome }, printable(handle));
      } finally {
        await journal.close();
      }
    });
    return undefined;
  },
};
