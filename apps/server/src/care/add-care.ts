import type { Command } from "commander";
import { readHead } from "../audit/add-audit.ts";
import type { CareCommands } from "./care-commands.ts";

/** Adds `hdl-server check`, `backup` and `restore`. */
export function addCare(program: Command, commands: CareCommands): void {
  program
    .command("check")
    .description(
      "Check the store of a data directory, a SQLite file or a PostgreSQL database: each record, the search index, the state and the audit. The server may be running.",
    )
    .argument("<directory>", "the server's data directory")
    .option("--head <count:digest>", "an earlier head of the audit, which must be in it", readHead)
    .addHelpText("after", "\nExample:\n  hdl-server check data")
    .action(async (directory, options) => {
      if (!(await commands.check(directory, options))) process.exitCode = 1;
    });
  program
    .command("backup")
    .description(
      "Copy a data directory: the store, the settings and the keys. The server may be running. A PostgreSQL database is backed up with pg_dump.",
    )
    .argument("<directory>", "the server's data directory")
    .argument("<target>", "the new directory of the backup; it must not exist or be empty")
    .addHelpText("after", "\nExample:\n  hdl-server backup data /backup/2026-01-31")
    .action((directory, target) => commands.backup(directory, target));
  program
    .command("restore")
    .description("Make a data directory of a backup, of which every file is checked.")
    .argument("<backup>", "the directory that hdl-server backup has made")
    .argument("<directory>", "the new data directory; it must not exist or be empty")
    .addHelpText("after", "\nExample:\n  hdl-server restore /backup/2026-01-31 data\n  hdl-server check data")
    .action((backup, directory) => commands.restore(backup, directory));
}
