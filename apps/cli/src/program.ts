import { Command } from "commander";
import { createArdcProgram } from "./ardc-program.ts";
import { collect, wholeNumber } from "./arguments.ts";
import type { GetFlags } from "./commands/get.ts";
import type { CreateFlags, DeleteFlags, SetFlags } from "./commands/write.ts";
import type { Output } from "./output.ts";
import type { CommonFlags } from "./with-client.ts";

const asText = (text: string) => text;

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      "-c, --credentials <file>",
      "credentials file (JSON): server, and user and password or certificate",
    )
    .option(
      "-s, --server <url>",
      "address of the handle server; default: that of the credentials, else https://hdl.handle.net",
    )
    .option("--json", "write JSON: the result to stdout, an error to stderr");
}

const DRY_RUN = "change nothing, show what would change";
const VALUES = "TYPE=DATA, or INDEX:TYPE=DATA to choose the index";

/**
 * Creates the command line of `hdl`. The code of each command is loaded when it runs.
 *
 * @param outputFor returns the output of a command, with or without --json
 * @param signal aborts a running command
 */
export function createProgram(
  outputFor: (json: boolean) => Output,
  signal: AbortSignal,
  version: string,
): Command {
  const program = new Command("hdl")
    .description("Read, create, change and delete handles.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride();
  const output = (options: CommonFlags) => outputFor(options.json ?? false);

  const get = command("get", "Show the record of a handle.")
    .argument("<handle>")
    .option("-i, --index <n>", "only this index (repeatable)", collect(wholeNumber))
    .option("-t, --type <type>", "only this type (repeatable)", collect(asText))
    .option("--authenticated", "log in, to see values that are not public")
    .option("--authoritative", "ask the primary server and bypass caches")
    .action(async (handle: string, options: GetFlags) => {
      await (await import("./commands/get.ts")).get(handle, options, output(options), signal);
    });
  const create = command("create", "Create a handle. An HS_ADMIN value is added.")
    .argument("<handle>")
    .argument("<values...>", VALUES)
    .option("--dry-run", DRY_RUN)
    .option("--overwrite", "replace the whole record when the handle exists")
    .option("--allow-unusual", "also a handle with an empty suffix, or invisible characters at an end")
    .action(async (handle: string, values: string[], options: CreateFlags) => {
      await (await import("./commands/write.ts")).create(handle, values, options, output(options), signal);
    });
  const set = command("set", "Change or add values. The others stay as they are.")
    .argument("<handle>")
    .argument("<values...>", VALUES)
    .option("--dry-run", DRY_RUN)
    .option("--ttl <seconds>", "how long resolvers may cache the values", wholeNumber)
    .option("--no-add", "fail when the record has no value of the type")
    .action(async (handle: string, values: string[], options: SetFlags) => {
      await (await import("./commands/write.ts")).set(handle, values, options, output(options), signal);
    });
  const remove = command("delete", "Delete a handle, or some of its values.")
    .argument("<handle>")
    .option("-i, --index <n>", "only the value at this index (repeatable)", collect(wholeNumber))
    .option("-t, --type <type>", "only the values of this type (repeatable)", collect(asText))
    .option("--dry-run", DRY_RUN)
    .option("-y, --yes", "do not ask for confirmation")
    .action(async (handle: string, options: DeleteFlags) => {
      await (await import("./commands/write.ts")).remove(handle, options, output(options), signal);
    });
  for (const sub of [get, create, set, remove]) program.addCommand(sub.exitOverride());
  program.addCommand(createArdcProgram(outputFor, signal));
  return program;
}
