import { Command } from "commander";
import { settingNames } from "./settings.ts";

/** What the commands do; the program only reads the command line. */
export interface Commands {
  init(
    directory: string,
    options: { prefix: string; user?: string; url?: string; passwordFile?: string },
  ): Promise<void>;
  serve(directory: string, flags: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The command line of `hdl-server`; the flags of `serve` are made from the settings. */
export function createProgram(commands: Commands, version: string): Command {
  const program = new Command("hdl-server")
    .description("A handle server on one SQLite file.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride();
  program
    .command("init")
    .description("Make a data directory with a prefix, an administrator and a self-signed certificate.")
    .argument("<directory>", "where; it must not exist or be empty")
    .requiredOption("--prefix <prefix>", "the prefix to serve, such as 20.500.12345")
    .option("--user <suffix>", "suffix of the administrator's handle", "ADMIN")
    .option("--url <url>", "address that clients will use", "https://127.0.0.1:8000")
    .option(
      "--password-file <file>",
      "read the administrator's password from a file; otherwise it is made at random",
    )
    .action((directory, options) => commands.init(directory, options));
  const serve = program
    .command("serve")
    .description(
      "Serve a data directory until SIGTERM or SIGINT. A flag wins over its environment variable, that over config.json.",
    )
    .argument("<directory>", "made by hdl-server init")
    .action((directory, flags) => commands.serve(directory, flags));
  for (const { flag, variable, description, preset } of settingNames()) {
    serve.option(`${flag} <value>`, `${description} (${variable}; default: ${preset})`);
  }
  for (const command of program.commands) command.exitOverride();
  return program;
}
