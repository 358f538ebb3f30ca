import { Command } from "commander";
import { buildCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** Creates a program with every command in it, for checks of the documentation; `hdl` loads only the one it runs. */
export async function createFullProgram(): Promise<Command> {
  const program = new Command("hdl").version("0");
  for (const entry of COMMANDS) {
    const [first = "", second] = entry.name.split(" ");
    const command = buildCommand(entry, await entry.load()).name(second ?? first);
    if (second === undefined) {
      program.addCommand(command);
      continue;
    }
    const group = program.commands.find((each) => each.name() === first) ?? program.command(first);
    group.addCommand(command);
  }
  return program;
}
