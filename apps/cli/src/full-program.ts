import { Command } from "commander";
import { buildCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/**
 * Loads every command, for checks of the documentation; `hdl` loads only the one it runs.
 *
 * @returns a function that creates a program with all of them
 */
export async function loadFullProgram(): Promise<() => Command> {
  const loaded = await Promise.all(COMMANDS.map(async (entry) => [entry, await entry.load()] as const));
  return () => {
    const program = new Command("hdl").version("0");
    for (const [entry, module] of loaded) {
      const [first = "", second] = entry.name.split(" ");
      const command = buildCommand(entry, module).name(second ?? first);
      const group = program.commands.find((each) => each.name() === first);
      const parent = second === undefined ? program : (group ?? program.command(first));
      parent.addCommand(command);
    }
    return program;
  };
}
