import { type Command, Option } from "commander";
import type { UserCommands } from "./user-commands.ts";

/** Adds the commands of `hdl-server user`. */
export function addUsers(program: Command, commands: UserCommands): void {
  const users = program
    .command("user")
    .description("Administer users: handles with a password (HS_SECKEY) or a public key (HS_PUBKEY).");
  const command = (name: string, description: string, example: string) =>
    users
      .command(name)
      .description(description)
      .argument("<directory>", "the server's data directory")
      .addHelpText("after", `\nExample:\n  hdl-server user ${name} ${example}`);
  const identity = ["<identity>", "300:prefix/suffix; the index is 300 if it is left out"] as const;
  const passwordFile = () =>
    new Option(
      "--password-file <file>",
      "read the password from a file, or - for standard input (default: a random one, which is printed once)",
    );
  const publicKey = [
    "--public-key <file>",
    "a public key or a certificate in PEM, or a .bin file of Handle.Net",
  ] as const;

  command("add", "Add a key to a user, whose handle is created if needed.", "data 20.500.12345/ALICE --admin")
    .argument(...identity)
    .addOption(passwordFile().conflicts("publicKey"))
    .option(...publicKey)
    .option("--admin", "make it an administrator of its prefix, by the HS_VLIST of the prefix handle")
    .action((directory, user, options) => commands.add(directory, user, options));
  command(
    "password",
    "Replace the password of a user.",
    "data 20.500.12345/ALICE --password-file new-password",
  )
    .argument(...identity)
    .addOption(passwordFile())
    .action((directory, user, options) => commands.password(directory, user, options));
  command("key", "Replace the public key of a user.", "data 301:20.500.12345/ALICE --public-key alice.pem")
    .argument(...identity)
    .requiredOption(...publicKey)
    .action((directory, user, options) => commands.key(directory, user, options));
  command(
    "revoke",
    "Remove the key of a user, and the user from the administrators of all prefixes. Ends its sessions.",
    "data 20.500.12345/ALICE",
  )
    .argument(...identity)
    .action((directory, user) => commands.revoke(directory, user));
  command("list", "Show the administrators of the homed prefixes, and the kinds of their keys.", "data")
    .option("--prefix <prefix...>", "only those of these prefixes")
    .action((directory, options) => commands.list(directory, options));
}
