import { Command } from "commander";
import { addCommonOptions, type CommonFlags } from "./common-options.ts";
import type { Output } from "./output.ts";

/** The arguments of a command. */
export interface Call<Flags = unknown, Args extends readonly unknown[] = readonly unknown[]> {
  /** The arguments, as `define` declares and reads them. */
  readonly args: Args;
  readonly flags: Flags & CommonFlags;
  readonly output: Output;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The part of a call that credentials and connections depend on. */
export type Caller = Pick<Call, "flags" | "output">;

/** One command of `hdl`: the export `command` of its module in `commands/`. */
export interface CommandModule<Flags = unknown, Args extends readonly unknown[] = readonly unknown[]> {
  /** Adds the arguments and options of this command; those of every command are added for it. */
  define(command: Command): Command;
  /** Command lines with what they do. The first is shown first. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /**
   * Carries the command out.
   *
   * @returns the exit code, if it is not 0
   * @throws HandleError, which is reported, and decides the exit code
   */
  run(call: Call<Flags, Args>): Promise<number | undefined>;
}

/** A command in the table of commands. */
export interface CommandEntry {
  /** One or two words, such as `loc add`. */
  readonly name: string;
  readonly summary: string;
  /** Loads its module. */
  load(): Promise<CommandModule>;
}

/**
 * Builds the parser of a command.
 *
 * @param action called with the arguments and options when they have been parsed
 */
export function buildCommand(
  { name, summary }: CommandEntry,
  module: CommandModule,
  action: (args: readonly unknown[], flags: CommonFlags) => Promise<void> = async () => {},
): Command {
  const command = new Command(name)
    .description(summary)
    .exitOverride()
    .helpOption("-h, --help", "show this help");
  module.define(command);
  addCommonOptions(command);
  return command.action((...given) => {
    // commander adds the options and itself behind the arguments.
    const flags = given.at(-2) as CommonFlags;
    return action(given.slice(0, -2), flags);
  });
}
