import { printable } from "@handlekit/core";
import { wholeNumber } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { usageError } from "../usage-error.ts";

interface SearchFlags {
  readonly prefix?: string | undefined;
  readonly limit?: number | undefined;
}

function readTerms(terms: readonly string[]): Readonly<Record<string, string>> {
  const entries = terms.map((term) => {
    const [, type, pattern] = /^([^=]+)=(.+)$/s.exec(term) ?? [];
    if (type === undefined || pattern === undefined) {
      throw usageError(
        `${printable(term)} is not of the form TYPE=PATTERN.`,
        "For example URL=*example.org*.",
      );
    }
    return [type, pattern] as const;
  });
  const types = entries.map(([type]) => type);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  if (twice !== undefined) throw usageError(`The type ${printable(twice)} is given twice.`);
  return Object.fromEntries(entries);
}

/** `hdl search TYPE=PATTERN...`: lists the handles whose values match. */
export const command: CommandModule<SearchFlags, [terms: readonly string[]]> = {
  define: (command) =>
    command
      .argument("<terms...>", "TYPE=PATTERN, in which * stands for any characters; all must match")
      .option("--prefix <prefix>", "only handles of this prefix")
      .option("--limit <n>", "no more than this number", wholeNumber),
  examples: [
    ["hdl search 'URL=*example.org*' --prefix 20.500.12345", "the handles that lead to example.org"],
  ],
  async run(call) {
    const { args, flags, output, signal } = call;
    const terms = readTerms(args[0]);
    const { prefix, limit = Number.POSITIVE_INFINITY } = flags;
    return withClient(call, async (client) => {
      let count = 0;
      for await (const handle of client.search(terms, { signal, prefix })) {
        if (count++ >= limit) break;
        output.result({ handle }, printable(handle));
      }
      if (count === 0 && limit > 0) output.say("hdl: No handle matches.");
      return undefined;
    });
  },
};
