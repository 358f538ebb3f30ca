import { type HandleClient, suffixPattern, uuid7 } from "@handlekit/client";
import { printable } from "@handlekit/core";
import { Option } from "commander";
import type { Call, CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { usageError } from "../usage-error.ts";
import { readValues, VALUES_HELP } from "../value-arguments.ts";
import { addDryRun, changeMembers, formatChange, reportChange, type WriteFlags } from "../write-options.ts";

type Suffix = "uuid4" | "uuid7" | "server" | "noid";

interface MintFlags extends WriteFlags {
  readonly suffix?: Suffix | undefined;
  readonly pattern?: string | undefined;
  readonly suffixStart?: string | undefined;
  readonly owner?: string | undefined;
}

type MintCall = Call<MintFlags, [prefix: string, values: readonly string[]]>;

/** A suffix of seven characters and a check character, of which there are 17 billion. */
const NOID = "{eeeeeeek}";

/** Returns the generator of --suffix and --pattern; "server" for the server's own. */
function generatorOf(
  prefix: string,
  { suffix, pattern, suffixStart = "" }: MintFlags,
): "server" | (() => string) {
  if (pattern !== undefined && suffix !== undefined)
    throw usageError("Both --suffix and --pattern are given.");
  const mask = pattern ?? (suffix === "noid" ? NOID : undefined);
  if (mask !== undefined) return suffixPattern(mask, `${prefix.replace(/^hdl:/i, "")}/${suffixStart}`);
  if (suffix === "server") return "server";
  return suffix === "uuid7" ? () => uuid7() : () => crypto.randomUUID();
}

async function mint(client: HandleClient, { args, flags, output, signal }: MintCall): Promise<undefined> {
  const [prefix, given] = args;
  const values = await readValues(given);
  const { suffixStart, dryRun } = flags;
  const suffix = generatorOf(prefix, flags);
  if (dryRun) {
    if (suffix === "server")
      throw usageError("--dry-run cannot know the suffix that the server would generate.");
    const handle = `${prefix}/${suffixStart ?? ""}${suffix()}`;
    reportChange(await client.create(handle, values, { signal, dryRun }), output);
    return;
  }
  const change = await client.mint(prefix, values, { signal, suffix, suffixStart });
  output.result(changeMembers(change, output), printable(change.handle));
  if (output.verbose) output.say(formatChange(change, output.errStyle));
  for (const warning of change.warnings) output.warn(`${change.handle}: ${warning}`);
}

/** `hdl mint PREFIX VALUE...`: creates a handle with a generated suffix, and prints the handle. */
export const command: CommandModule<MintFlags, [prefix: string, values: readonly string[]]> = {
  define: (command) =>
    addDryRun(
      command
        .argument("<prefix>", "such as 20.500.12345")
        .argument("<values...>", VALUES_HELP)
        .addOption(
          new Option("--suffix <kind>", "how the suffix is generated; default uuid4").choices([
            "uuid4",
            "uuid7",
            "server",
            "noid",
          ]),
        )
        .option(
          "--pattern <pattern>",
          "text with {uuid4}, {uuid7} or a NOID mask: d a digit, e a digit or letter, k at the end a check character",
        )
        .option("--suffix-start <text>", "text in front of the generated suffix")
        .option("--owner <reference>", "who may change it; default: handleowner"),
    ),
  examples: [
    ["hdl mint 20.500.12345 URL=https://example.org/", "prints the new handle"],
    ["hdl mint 20.500.12345 URL=https://example.org/ --suffix noid", "a short suffix with a check character"],
    [
      "hdl mint 20.500.12345 URL=https://example.org/ --pattern 'scan-{eedeedk}'",
      "a suffix of your own form",
    ],
  ],
  run: (call) => withClient(call, (client) => mint(client, call), { owner: call.flags.owner }),
};
