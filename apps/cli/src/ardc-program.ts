import { Command } from "commander";
import { wholeNumber } from "./arguments.ts";
import type { AddFlags, ArdcFlags, ArdcGetFlags, ListFlags, MintFlags } from "./commands/ardc.ts";
import type { Output } from "./output.ts";

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      "-c, --credentials <file>",
      "credentials file (JSON): appId, sharedSecret, identifier, authDomain",
    )
    .option("-s, --server <url>", "address of the service, such as https://demo.identifiers.ardc.edu.au/pids")
    .option("--in-body", "send the shared secret in the body instead of a header")
    .option("--json", "write JSON: the result to stdout, an error to stderr");
}

/** Creates the commands of `hdl ardc`, for the ARDC Handle service. Their code is loaded when one of them runs. */
export function createArdcProgram(outputFor: (json: boolean) => Output, signal: AbortSignal): Command {
  const load = () => import("./commands/ardc.ts");
  const output = (options: ArdcFlags) => outputFor(options.json ?? false);
  const ardc = new Command("ardc").description(
    "Mint, change and read handles of the ARDC Handle service (Australia).",
  );
  const subs = [
    command("mint", "Mint a handle, with a URL, a description, both or neither.")
      .option("--url <url>", "the address that the handle redirects to")
      .option("--desc <text>", "a public description")
      .option("-i, --index <n>", "index of the first value", wholeNumber)
      .option("--key <key>", "mint at most one handle for this key; needs --journal and a value")
      .option("--journal <file>", "file that records what was minted")
      .action(async (options: MintFlags) => (await load()).mint(options, output(options), signal)),
    command("add", "Add a value.")
      .argument("<handle>")
      .argument("<type>", "URL or DESC")
      .argument("<value>")
      .option("-i, --index <n>", "at this index; default: the lowest free one", wholeNumber)
      .action(async (handle, type, value, options: AddFlags) =>
        (await load()).add(handle, type, value, options, output(options), signal),
      ),
    command("modify", "Replace the value at an index.")
      .argument("<handle>")
      .argument("<index>", "", wholeNumber)
      .argument("<value>")
      .action(async (handle, index, value, options: ArdcFlags) =>
        (await load()).modify(handle, index, value, options, output(options), signal),
      ),
    command("delete", "Delete the value at an index. The handle itself cannot be deleted.")
      .argument("<handle>")
      .argument("<index>", "", wholeNumber)
      .action(async (handle, index, options: ArdcFlags) =>
        (await load()).remove(handle, index, options, output(options), signal),
      ),
    command("get", "Show a handle, or the handles that have a value.")
      .argument("[handle]")
      .option("--value <text>", "the exact value to look for")
      .action(async (handle, options: ArdcGetFlags) =>
        (await load()).get(handle, options, output(options), signal),
      ),
    command("list", "List your handles.")
      .option("--after <handle>", "only those after this handle")
      .action(async (options: ListFlags) => (await load()).list(options, output(options), signal)),
  ];
  for (const sub of subs) ardc.addCommand(sub.exitOverride());
  return ardc.exitOverride();
}
