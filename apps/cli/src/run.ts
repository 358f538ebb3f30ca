import { CommanderError } from "commander";
import { buildCommand, type CommandEntry } from "./command.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { splitLine } from "./common-options.ts";
import { EXIT } from "./exit-codes.ts";
import { createOutput, type Output, type OutputOptions } from "./output.ts";
import { reportError } from "./report-error.ts";
import { usageError } from "./usage-error.ts";

/** The part of `process` that `hdl` uses. */
export type Host = Pick<NodeJS.Process, "stdout" | "stderr" | "env" | "once" | "exit">;

const isGroup = (word: string | undefined) => word !== undefined && Object.hasOwn(GROUPS, word);
const wantsHelp = (argv: readonly string[]) => argv.includes("--help") || argv.includes("-h");

/**
 * Ends with one line if stdout cannot be written, and without one if its reader has closed it, as `head` does. Goes on if
 * it is stderr: the exit code still tells how the command ended.
 */
function watchOutput({ stdout, stderr, exit }: Host): void {
  stderr.on("error", () => {});
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") exit(EXIT.ok);
    const why = error.code === "ENOSPC" ? "no space is left on the device" : error.message;
    stderr.write(`hdl: error: Standard output cannot be written: ${why}.\n`);
    exit(EXIT.unexpected);
  });
}

async function showHelp(words: readonly string[], output: Output): Promise<number> {
  const { commandHelp, groupHelp, programHelp } = await import("./help.ts");
  const name = words.join(" ");
  const entry = COMMANDS.find((each) => each.name === name);
  const text = entry ? await commandHelp(entry) : isGroup(name) ? groupHelp(name) : programHelp();
  output.result({ help: text }, text);
  return EXIT.ok;
}

async function unknownCommand(words: readonly string[]): Promise<Error> {
  const { suggestFor } = await import("./help.ts");
  return usageError(`There is no command ${JSON.stringify(words.join(" "))}.`, suggestFor(words));
}

/** Parses the rest of a command line and runs its command. */
async function runCommand(
  entry: CommandEntry,
  rest: readonly string[],
  outputOf: (flags: object) => Output,
  host: Host,
): Promise<number> {
  const interrupt = new AbortController();
  host.once("SIGINT", () => interrupt.abort());
  const module = await entry.load();
  let code: number | undefined;
  const command = buildCommand(entry, module, async (args, flags) => {
    const output = outputOf(flags);
    try {
      code = await module.run({ args, flags, output, signal: interrupt.signal });
    } catch (error) {
      code = reportError(output, error);
    }
  }).configureOutput({ writeErr: () => {} });
  await command.parseAsync([...rest], { from: "user" });
  return code ?? EXIT.ok;
}

/**
 * Runs one command line.
 *
 * @param argv the arguments, without the program's name
 * @param readVersion returns the version of this package
 * @returns the exit code
 */
export async function run(
  argv: readonly string[],
  host: Host,
  readVersion: () => Promise<string>,
): Promise<number> {
  watchOutput(host);
  if (argv[0] === "__complete") {
    const { complete } = await import("./completion.ts");
    for (const found of await complete(argv.slice(1), host.env)) host.stdout.write(`${found}\n`);
    return EXIT.ok;
  }
  const json = argv.includes("--json");
  const outputFor = (command: string, flags: Partial<OutputOptions> = { json }): Output =>
    createOutput({ ...flags, command, stdout: host.stdout, stderr: host.stderr, env: host.env });
  const { words, rest } = splitLine(argv, (so) => so.length === 0 || (so.length === 1 && isGroup(so[0])));
  const name = words.join(" ");
  try {
    if (words[0] === "help") return await showOrSuggest(rest, outputFor("help"));
    const entry = COMMANDS.find((each) => each.name === name);
    if (entry !== undefined) {
      if (wantsHelp(rest)) return await showHelp(words, outputFor(name));
      return await runCommand(entry, rest, (flags) => outputFor(name, flags), host);
    }
    if (words.length === 0 && (rest.includes("--version") || rest.includes("-V"))) {
      const version = await readVersion();
      outputFor("version").result({ version }, version);
      return EXIT.ok;
    }
    if (wantsHelp(rest)) return await showOrSuggest(words, outputFor("help"));
    throw words.length === 0 || isGroup(name)
      ? usageError(`${`hdl ${name}`.trim()} needs the name of a command.`)
      : await unknownCommand(words);
  } catch (error) {
    const output = outputFor(COMMANDS.some((each) => each.name === name) || isGroup(words[0]) ? name : "");
    return reportError(output, error instanceof CommanderError ? usageError(sentence(error.message)) : error);
  }
}

/** Shows the help of a command, or says which command was probably meant. */
async function showOrSuggest(words: readonly string[], output: Output): Promise<number> {
  const named = words.filter((word) => !word.startsWith("-"));
  const known =
    named.length === 0 || isGroup(named.join(" ")) || COMMANDS.some((one) => one.name === named.join(" "));
  if (!known) throw await unknownCommand(named);
  return showHelp(named, output);
}

/** Returns a message of commander as sentences. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/s, "; did you mean $1?");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? "" : "."}`;
}
