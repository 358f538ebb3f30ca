import { Command } from "commander";
import type { ArdcFlags, MintFlags } from "./commands/ardc.ts";
import type { Output } from "./output.ts";
import { wholeNumber } from "./whole-number.ts";

type Json = { readonly json?: boolean };

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      "-c, --credentials <file>",
      "credentials file (JSON): appId, sharedSecret, identifier, authDomain",
    )
    .option("-s, --server <url>", "the service, such as https://demo.identifiers.ardc.edu.au/pids")
    .option("--in-body", "send the shared secret in the body instead of a header")
    .option("--json", "write JSON: the result to stdout, an error to stderr");
}

/** The commands of `hdl ardc`, for the ARDC Handle service; their code is loaded when one runs. */
export function createArdcProgram(outputFor: (json: boolean) => Output, signal: AbortSignal): Command {
  const load = () => import("./commands/ardc.ts");
  const output = (options: Json) => outputFor(options.json ?? false);
  const ardc = new Command("ardc").description("Handles of the ARDC Handle service (Australia).");
  const subs = [
    command("mint", "Mint a handle, with a URL, a description, both or neither.")
      .option("--url <url>", "where the handle leads")
      .option("--desc <text>", "a public description")
      .option("-i, --index <n>", "index of the first value", wholeNumber)
      .option("--key <key>", "mint at most one handle for this key; needs --journal and a value")
      .option("--journal <file>", "where what was minted is kept")
      .action(async (options: MintFlags & Json) => (await load()).mint(options, output(options), signal)),
    command("add", "Add a value.")
      .argument("<handle>")
      .argument("<type>", "URL or DESC")
      .argument("<value>")
      .option("-i, --index <n>", "at this index; default the lowest that is free", wholeNumber)
      .action(async (handle, type, value, options: ArdcFlags & { index?: number } & Json) =>
        (await load()).add(handle, type, value, options, output(options), signal),
      ),
    command("modify", "Replace the value at an index.")
      .argument("<handle>")
      .argument("<index>", "", wholeNumber)
      .argument("<value>")
      .action(async (handle, index, value, options: ArdcFlags & Json) =>
        (await load()).modify(handle, index, value, options, output(options), signal),
      ),
    command("delete", "Delete the value at an index; a handle itself is for ever.")
      .argument("<handle>")
      .argument("<index>", "", wholeNumber)
      .action(async (handle, index, options: ArdcFlags & Json) =>
        (await load()).remove(handle, index, options, output(options), signal),
      ),
    command("get", "Show a handle, or the handles that have a value.")
      .argument("[handle]")
      .option("--value <text>", "exactly this value")
      .action(async (handle, options: ArdcFlags & { value?: string } & Json) =>
        (await load()).get(handle, options, output(options), signal),
      ),
    command("list", "List your handles.")
      .option("--after <handle>", "only those after this one")
      .action(async (options: ArdcFlags & { after?: string } & Json) =>
        (await load()).list(options, output(options), signal),
      ),
  ];
  for (const sub of subs) ardc.addCommand(sub.exitOverride());
  return ardc.exitOverride();
}
