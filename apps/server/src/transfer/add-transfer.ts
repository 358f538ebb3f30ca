import { type Command, Option } from "commander";
import type { TransferCommands } from "./transfer-commands.ts";

const AFTER_EXPORT = `
The output contains secret keys (HS_SECKEY) as plain text. Keep it as safe as the data directory.

Example:
  hdl-server export data --output handles.jsonl`;

const AFTER_IMPORT = `
Example:
  hdl-server import data handles.jsonl`;

/** Adds `hdl-server export` and `hdl-server import`. */
export function addTransfer(program: Command, commands: TransferCommands): void {
  const format = () =>
    new Option("--format <name>", "handlekit: JSON lines, which keep everything; batch: for hdl-genericbatch")
      .choices(["handlekit", "batch"])
      .default("handlekit");
  program
    .command("export")
    .description("Export the records and the homed prefixes of a data directory.")
    .argument("<directory>", "the server's data directory")
    .option("--output <file>", "the new file, which only you can read; - for standard output", "-")
    .option("--prefix <prefix...>", "only the records of these prefixes, and their prefix handles")
    .addOption(format())
    .option("--force", "replace the file if it exists")
    .addHelpText("after", AFTER_EXPORT)
    .action((directory, options) => commands.export(directory, options));
  program
    .command("import")
    .description("Import records and homed prefixes into a data directory, and read everything back.")
    .argument("<directory>", "the server's data directory")
    .argument("<file>", "what hdl-server export wrote, or a batch; - for standard input")
    .addOption(format())
    .addOption(
      new Option("--on-existing <what>", "what to do with a record that exists: refuse ends the import")
        .choices(["refuse", "skip", "replace"])
        .default("refuse"),
    )
    .option("--dry-run", "write nothing, and show what would be done")
    .option("--resume", "continue an import of the same file that was interrupted")
    .option("--verify-only", "write nothing, and compare the records with the file")
    .addHelpText("after", AFTER_IMPORT)
    .action(async (directory, file, options) => {
      if (!(await commands.import(directory, file, options))) process.exitCode = 1;
    });
}
