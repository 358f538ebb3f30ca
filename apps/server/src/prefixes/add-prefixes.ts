import type { Command } from "commander";
import type { PrefixCommands } from "./prefix-commands.ts";

/** Adds the commands of `hdl-server prefix`. */
export function addPrefixes(program: Command, commands: PrefixCommands): void {
  const prefixes = program.command("prefix").description("Administer the prefixes that the server serves.");
  const command = (name: string, description: string, example: string) =>
    prefixes
      .command(name)
      .description(description)
      .argument("<directory>", "the server's data directory")
      .addHelpText("after", `\nExample:\n  hdl-server prefix ${name} ${example}`);
  command("list", "Show the homed prefixes, one on each line.", "data").action((directory) =>
    commands.list(directory),
  );
  command("home", "Serve a prefix.", "data 20.500.12345 --admin 300:20.500.12345/ADMIN")
    .argument("<prefix>", "such as 20.500.12345")
    .option(
      "--admin <identity>",
      "make a user an administrator of the prefix, whose prefix handle is created if needed",
    )
    .action((directory, prefix, options) => commands.home(directory, prefix, options));
  command("unhome", "Stop serving a prefix. Its records are kept.", "data 20.500.12345")
    .argument("<prefix>", "such as 20.500.12345")
    .action((directory, prefix) => commands.unhome(directory, prefix));
}
