import { Command, InvalidArgumentError, Option } from "commander";
import type { ClientCommands } from "./clients/client-commands.ts";
import { settingNames } from "./settings.ts";
import type { TransferCommands } from "./transfer/transfer-commands.ts";

/** The functions that carry out the commands. The program only parses the command line. */
export interface Commands {
  init(
    directory: string,
    options: {
      readonly prefix: string;
      readonly user?: string | undefined;
      readonly url?: string | undefined;
      readonly host?: string | undefined;
      readonly passwordFile?: string | undefined;
    },
  ): Promise<void>;
  serve(directory: string, flags: Readonly<Record<string, unknown>>): Promise<void>;
  readonly clients: ClientCommands;
  readonly transfer: TransferCommands;
}

function readNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("It must be a number that hdl-server clients list shows.");
  }
  return Number(text);
}

/** Adds the commands of `hdl-server clients`. */
function addClients(program: Command, commands: ClientCommands): Command {
  const clients = program.command("clients").description("Administer the clients of the ARDC service.");
  const number = ["--number <number>", "the registration, if the App Id has several", readNumber] as const;
  const command = (name: string, description: string) =>
    clients.command(name).description(description).argument("<directory>", "the server's data directory");
  command("add", "Register a client. Prints its App Id and a new secret, which cannot be shown again.")
    .requiredOption("--description <text>", "the name of the client")
    .option("--app-id <id>", "add a registration to this App Id (default: a new one)")
    .option("--address <address...>", "addresses and ranges from which no secret is needed")
    .addOption(
      new Option(
        "--secret-file <file>",
        "an existing secret, from a file or - for standard input; it is not printed (default: a new one)",
      ).conflicts("secret"),
    )
    .option("--no-secret", "create no secret: the client is only known by its addresses")
    .action((directory, options) => commands.add(directory, options));
  command("list", "Show the registered clients.").action((directory) => commands.list(directory));
  command("rotate", "Create a second secret for a client. Both are valid until the rotation is finished.")
    .argument("<app-id>")
    .option(...number)
    .option("--finish", "finish the rotation: only the newest secret is valid then")
    .action((directory, appId, options) => commands.rotate(directory, appId, options));
  command("revoke", "Remove a client, or one of its registrations.")
    .argument("<app-id>")
    .option(...number)
    .action((directory, appId, options) => commands.revoke(directory, appId, options));
  command("grant", "Allow clients to act as an identity that another client created, or that is new.")
    .argument("<app-id>")
    .argument("<identifier>")
    .argument("<auth-domain>")
    .option("--app-id <id...>", "further App Ids that may act as it")
    .action((directory, appId, identifier, authDomain, options) =>
      commands.grant(directory, appId, identifier, authDomain, options),
    );
  return clients;
}

const SECRETS = `
The output contains secret keys (HS_SECKEY) as plain text. Keep it as safe as the data directory.`;

/** Adds `hdl-server export` and `hdl-server import`. */
function addTransfer(program: Command, commands: TransferCommands): void {
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
    .addHelpText("after", SECRETS)
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
    .action(async (directory, file, options) => {
      if (!(await commands.import(directory, file, options))) process.exitCode = 1;
    });
}

/** Creates the command line of `hdl-server`. The flags of `serve` are generated from the settings. */
export function createProgram(commands: Commands, version: string): Command {
  const program = new Command("hdl-server")
    .description("A handle server on one SQLite file.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride();
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
    .action((directory, options) => commands.init(directory, options));
  const serve = program
    .command("serve")
    .description(
      "Serve a data directory until SIGTERM or SIGINT. A flag takes precedence over its environment variable, which takes precedence over config.json.",
    )
    .argument("<directory>", "the data directory, created by hdl-server init")
    .action((directory, flags) => commands.serve(directory, flags));
  for (const { flag, variable, description, defaultText } of settingNames()) {
    serve.option(`${flag} <value>`, `${description} (${variable}; default: ${defaultText})`);
  }
  addTransfer(program, commands.transfer);
  const clients = addClients(program, commands.clients);
  for (const command of [...program.commands, ...clients.commands]) command.exitOverride();
  return program;
}
