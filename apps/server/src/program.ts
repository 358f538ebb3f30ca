import { Command, InvalidArgumentError } from "commander";
import type { ClientCommands } from "./clients/client-commands.ts";
import { settingNames } from "./settings.ts";

/** What the commands do; the program only reads the command line. */
export interface Commands {
  init(
    directory: string,
    options: { prefix: string; user?: string; url?: string; passwordFile?: string },
  ): Promise<void>;
  serve(directory: string, flags: Readonly<Record<string, unknown>>): Promise<void>;
  readonly clients: ClientCommands;
}

function readNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is a number that list shows.");
  return Number(text);
}

/** `hdl-server clients …` */
function addClients(program: Command, commands: ClientCommands): Command {
  const clients = program.command("clients").description("Administer the clients of the ARDC service.");
  const number = ["--number <number>", "the registration, when the App Id has several", readNumber] as const;
  const command = (name: string, description: string) =>
    clients.command(name).description(description).argument("<directory>", "the server's data directory");
  command(
    "add",
    "Register a client; prints its App Id and a secret made for it, which cannot be shown again.",
  )
    .requiredOption("--description <text>", "whose it is")
    .option("--app-id <id>", "another registration of this App Id; otherwise one is made")
    .option("--address <address...>", "addresses and ranges from which no secret is needed")
    .option("--no-secret", "make no secret: only the addresses count")
    .action((directory, options) => commands.add(directory, options));
  command("list", "Show the registered clients.").action((directory) => commands.list(directory));
  command("rotate", "Make a second secret for a client; both count until the rotation is finished.")
    .argument("<app-id>")
    .option(...number)
    .option("--finish", "let only the newest secret count")
    .action((directory, appId, options) => commands.rotate(directory, appId, options));
  command("revoke", "Remove a client, or one of its registrations.")
    .argument("<app-id>")
    .option(...number)
    .action((directory, appId, options) => commands.revoke(directory, appId, options));
  command("grant", "Let a client act as an identity that another client made.")
    .argument("<app-id>")
    .argument("<identifier>")
    .argument("<auth-domain>")
    .action((directory, appId, identifier, authDomain) =>
      commands.grant(directory, appId, identifier, authDomain),
    );
  return clients;
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
  const clients = addClients(program, commands.clients);
  for (const command of [...program.commands, ...clients.commands]) command.exitOverride();
  return program;
}
