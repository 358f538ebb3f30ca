import { readdir } from "node:fs/promises";
import type { Argument, Command, Option } from "commander";
import { buildCommand } from "./command.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { splitLine } from "./common-options.ts";
import { profileFolder } from "./find-credentials.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Types that are completed, those that repositories use most. */
const TYPES = [
  "URL",
  "EMAIL",
  "DESC",
  "CHECKSUM",
  "TITLE",
  "10320/loc",
  "HS_ADMIN",
  "HS_ALIAS",
  "HS_PUBKEY",
  "HS_VLIST",
];

async function profiles(env: Environment): Promise<readonly string[]> {
  const files = await readdir(profileFolder(env)).catch((): string[] => []);
  return files.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
}

async function valuesOfOption(option: Option, env: Environment): Promise<readonly string[]> {
  if (option.argChoices !== undefined) return option.argChoices;
  if (option.long === "--profile") return profiles(env);
  return option.long === "--type" || option.long === "--value" ? TYPES : [];
}

function valuesOfArgument(argument: Argument | undefined): readonly string[] {
  if (argument?.argChoices !== undefined) return argument.argChoices;
  if (argument?.name() === "values") return TYPES.map((type) => `${type}=`);
  return argument?.name() === "which" ? TYPES : [];
}

async function completeCommand(
  command: Command,
  words: readonly string[],
  env: Environment,
): Promise<readonly string[]> {
  const [current = ""] = words.slice(-1);
  const before = words.at(-2) ?? "";
  const option = command.options.find(
    ({ short, long }) => before !== "" && (before === short || before === long),
  );
  if (option?.required) return valuesOfOption(option, env);
  if (current.startsWith("-")) return [...command.options.flatMap(({ long }) => long ?? []), "--help"];
  const given = command.parseOptions([...words.slice(0, -1)]).operands.length;
  const wanted = command.registeredArguments;
  return valuesOfArgument(wanted[Math.min(given, wanted.length - 1)]);
}

/**
 * Returns what the last word may become.
 *
 * @param words the words of a command line as far as the cursor, without `hdl`; the last one is being written
 */
export async function complete(words: readonly string[], env: Environment): Promise<readonly string[]> {
  const current = words.at(-1) ?? "";
  const isGroup = (name: string | undefined) => name !== undefined && Object.hasOwn(GROUPS, name);
  const { words: named, rest } = splitLine(
    words.slice(0, -1),
    (so) => so.length === 0 || (so.length === 1 && isGroup(so[0])),
  );
  const name = named.join(" ");
  const entry = COMMANDS.find((each) => each.name === name);
  let found: readonly string[];
  if (entry !== undefined)
    found = await completeCommand(buildCommand(entry, await entry.load()), [...rest, current], env);
  else if (isGroup(name))
    found = COMMANDS.flatMap((one) =>
      one.name.startsWith(`${name} `) ? one.name.slice(name.length + 1) : [],
    );
  else if (named.length > 0 && name !== "help") found = [];
  else if (current.startsWith("-")) found = ["--help", "--version"];
  else found = [...new Set(COMMANDS.map((one) => one.name.split(" ")[0] ?? "")), "help"];
  return found.filter((each) => each.startsWith(current));
}
