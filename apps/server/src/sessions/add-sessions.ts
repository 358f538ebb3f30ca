import type { Command } from "commander";
import type { SessionCommands } from "./session-commands.ts";

/** Adds the commands of `hdl-server sessions`. */
export function addSessions(program: Command, commands: SessionCommands): void {
  const sessions = program.command("sessions").description("Show and end the logins by session.");
  const command = (name: string, description: string, example: string) =>
    sessions
      .command(name)
      .description(description)
      .argument("<directory>", "the server's data directory")
      .addHelpText("after", `\nExample:\n  hdl-server sessions ${name} ${example}`);
  command("list", "Show the sessions that are logged in.", "data").action((directory) =>
    commands.list(directory),
  );
  command("revoke", "End sessions at once.", "data --identity 300:20.500.12345/ALICE")
    .option("--identity <identity>", "those of a user; without an index, of all keys of its handle")
    .option("--all", "all of them")
    .action((directory, options) => commands.revoke(directory, options));
}
