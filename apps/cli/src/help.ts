import { Command } from "commander";
import { buildCommand, type CommandEntry } from "./command.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";

const LINK = "https://github.com/handlekit/handlekit/blob/main/docs/cli";

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["HDL_CREDENTIALS", "credentials file, if neither -c nor --profile is given"],
  ["HDL_PROFILE", "name of saved credentials, if HDL_CREDENTIALS is not set"],
  ["HDL_SERVER, HDL_USERNAME, HDL_PASSWORD", "server and login without a file"],
  ["HDL_PRIVATE_KEY, HDL_CERTIFICATE", "paths of a key and its certificate, instead of a password"],
  ["HDL_TRUST", "fingerprint or PEM file of the server's own certificate"],
  ["NO_COLOR", "no colours"],
];

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}\n`).join("");
}

const parts = (...sections: readonly string[]) => sections.filter((each) => each !== "").join("\n");

/** The help of one command. */
export async function commandHelp(entry: CommandEntry): Promise<string> {
  const module = await entry.load();
  const command = buildCommand({ ...entry, name: `hdl ${entry.name}` }, module);
  const examples = module.examples.map(([line, does]) => `  # ${does}\n  ${line}\n`).join("");
  const page = entry.name.split(" ")[0] ?? "";
  return parts(
    command.helpInformation(),
    `Examples:\n${examples}`,
    `Environment:\n${columns(ENVIRONMENT)}`,
    `Exit codes:\n${columns(Object.entries(EXIT_MEANINGS))}`,
    `${LINK}/${page}.md\n`,
  );
}

/** The help of the commands whose first word is the same. */
export function groupHelp(group: string): string {
  const rows = COMMANDS.filter(({ name }) => name.startsWith(`${group} `)).map(
    ({ name, summary }) => [`hdl ${name}`, summary] as const,
  );
  return parts(
    `${GROUPS[group]}\n`,
    `Commands:\n${columns(rows)}`,
    `hdl ${group} COMMAND --help shows the options of a command.\n`,
    `${LINK}/${group}.md\n`,
  );
}

/** The help of `hdl`. */
export function programHelp(): string {
  const rows = [
    ...COMMANDS.filter(({ name }) => !name.includes(" ")).map(
      ({ name, summary }) => [name, summary] as const,
    ),
    ...Object.entries(GROUPS),
  ];
  return parts(
    "Usage: hdl COMMAND [arguments] [options]\n",
    "Read, create, change and delete handles.\n",
    `Commands:\n${columns(rows)}`,
    "hdl COMMAND --help shows the arguments, options and examples of a command; hdl --version the version.\n",
    `Environment:\n${columns(ENVIRONMENT)}`,
    `${LINK}\n`,
  );
}

/** Says which command was probably meant, as commander finds it; undefined if none is near. */
export function suggestFor(words: readonly string[]): string | undefined {
  const [first = "", second] = words;
  const inGroup = second !== undefined && Object.hasOwn(GROUPS, first);
  const names = inGroup
    ? COMMANDS.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []))
    : [...COMMANDS.flatMap(({ name }) => (name.includes(" ") ? [] : [name])), ...Object.keys(GROUPS)];
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const name of names) program.command(name);
  try {
    program.parse([inGroup ? second : first], { from: "user" });
  } catch (error) {
    const found = /\(Did you mean (.*)\?\)/s.exec(error instanceof Error ? error.message : "")?.[1];
    if (found !== undefined)
      return `Did you mean hdl ${inGroup ? `${first} ` : ""}${found.replace(/^one of /, "")}?`;
  }
  return `hdl ${inGroup ? `${first} ` : ""}--help lists the commands.`;
}
