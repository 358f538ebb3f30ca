import { type Command, InvalidArgumentError, Option } from "commander";
import type { ClientCommands } from "./client-commands.ts";

function readNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("It must be a number that hdl-server clients list shows.");
  }
  return Number(text);
}

/** Adds the commands of `hdl-server clients`. */
export function addClients(program: Command, commands: ClientCommands): void {
  const clients = program.command("clients").description("Administer the clients of the ARDC service.");
  const number = ["--number <number>", "the registration, if the App Id has several", readNumber] as const;
  const command = (name: string, description: string, example: string) =>
    clients
      .command(name)
      .description(description)
      .argument("<directory>", "the server's data directory")
      .addHelpText("after", `\nExample:\n  hdl-server clients ${name} ${example}`);
  command(
    "add",
    "Register a client. Prints its App Id and a new secret, which cannot be shown again.",
    'data --description "The catalogue"',
  )
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
  command("list", "Show the registered clients.", "data").action((directory) => commands.list(directory));
  command(
    "rotate",
    "Create a second secret for a client. Both are valid until the rotation is finished.",
    "data APPID",
  )
    .argument("<app-id>")
    .option(...number)
    .option("--finish", "finish the rotation: only the newest secret is valid then")
    .action((directory, appId, options) => commands.rotate(directory, appId, options));
  command("revoke", "Remove a client, or one of its registrations.", "data APPID")
    .argument("<app-id>")
    .option(...number)
    .action((directory, appId, options) => commands.revoke(directory, appId, options));
  command(
    "grant",
    "Allow clients to act as an identity that another client created, or that is new.",
    "data APPID Shared example.org",
  )
    .argument("<app-id>")
    .argument("<identifier>")
    .argument("<auth-domain>")
    .option("--app-id <id...>", "further App Ids that may act as it")
    .action((directory, appId, identifier, authDomain, options) =>
      commands.grant(directory, appId, identifier, authDomain, options),
    );
}
