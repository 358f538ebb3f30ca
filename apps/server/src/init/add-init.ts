import type { Command } from "commander";
import type { InitCommand } from "./init-command.ts";

/** Adds `hdl-server init`. */
export function addInit(program: Command, init: InitCommand): void {
  program
    .command("init")
    .description("Create a data directory with a prefix, an administrator and a self-signed certificate.")
    .argument("<directory>", "the new data directory; it must not exist or be empty")
    .requiredOption("--prefix <prefix>", "the prefix to serve, such as 20.500.12345")
    .option("--user <suffix>", "suffix of the administrator's handle", "ADMIN")
    .option("--url <url>", "address that clients will use", "https://127.0.0.1:8000")
    .option(
      "--host <address>",
      "address to listen on, such as 0.0.0.0 for every interface (default: 127.0.0.1, this machine alone)",
    )
    .option(
      "--password-file <file>",
      "read the administrator's password from a file (default: a random password)",
    )
    .option(
      "--store <address>",
      "PostgreSQL database for the records, postgres://user@host/name (default: a SQLite file in the directory)",
    )
    .option("--store-password-file <file>", "file with the password of the database (default: PGPASSWORD)")
    .addHelpText("after", "\nExample:\n  hdl-server init data --prefix 20.500.12345")
    .action((directory, options) => init(directory, options));
}
