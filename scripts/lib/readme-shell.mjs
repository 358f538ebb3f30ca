import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageOf } from "./readme.mjs";
import { splitShell } from "./shell.mjs";
import { listWorkspaces, readJson } from "./workspaces.mjs";

/**
 * @typedef {object} Command the part of a command of commander that is read here
 * @property {() => string} name
 * @property {() => string[]} aliases
 * @property {readonly Command[]} commands
 * @property {readonly { short?: string, long?: string, mandatory: boolean, attributeName(): string }[]} options
 * @property {readonly { required: boolean, variadic: boolean, name(): string }[]} registeredArguments
 * @property {(args: string[]) => { operands: string[], unknown: string[] }} parseOptions
 * @property {(key: string) => unknown} getOptionValue
 * @property {() => Command} exitOverride
 * @property {(output: { writeErr(text: string): void, outputError(text: string): void }) => Command} configureOutput
 *
 * @typedef {Readonly<Record<string, () => Command>>} Programs
 */

/** Other programs that a README may use, with their flags; an empty list allows every flag. */
const OTHERS = /** @type {Readonly<Record<string, readonly string[]>>} */ ({
  cat: [],
  cd: [],
  chmod: [],
  cp: [],
  curl: ["--cacert", "--cert", "--data", "--header", "--head", "--key", "--request", "--user", "-s", "-u"],
  cut: [],
  echo: [],
  exit: [],
  export: [],
  git: [],
  grep: ["-q"],
  haproxy: ["-c", "-f"],
  head: [],
  install: [],
  kill: ["-HUP", "-TERM"],
  mkdir: ["-p"],
  mv: [],
  nginx: ["-t"],
  openssl: [],
  pg_dump: [],
  pg_restore: [],
  pip: [],
  podman: [],
  printf: [],
  python3: [],
  runuser: [],
  sed: [],
  sleep: [],
  sqlite3: [],
  systemctl: [],
  tail: [],
  test: [],
  umask: [],
  useradd: [],
  xargs: [],
});
const RUNTIMES = new Set(["node", "deno", "bun", "pnpm"]);

/**
 * Checks a command line against the definition of a commander program. No action is run.
 *
 * @param {Command} program used for this check only: commander keeps what it parses
 * @param {readonly string[]} args
 * @returns {string | undefined} the reason if it is refused
 */
export function refusedByProgram(program, args) {
  let command = program;
  let rest = [...args];
  while (command.commands.length > 0) {
    const [name = ""] = rest;
    if (["--help", "-h", "help"].includes(name)) return undefined;
    if (command.options.some(({ short, long }) => name === short || name === long)) return undefined;
    const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
    if (!next)
      return name === "" ? `${command.name()} needs a command` : `${command.name()} has no command ${name}`;
    command = next;
    rest = rest.slice(1);
  }
  if (rest.includes("--help") || rest.includes("-h")) return undefined;
  command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
  /** @type {{ operands: string[], unknown: string[] }} */
  let parsed;
  try {
    parsed = command.parseOptions(rest);
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
  const flag = parsed.unknown.find((word) => word.startsWith("-"));
  if (flag !== undefined) return `${command.name()} has no option ${flag}`;
  const missing = command.options.find(
    (option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
  );
  if (missing) return `${command.name()} needs ${missing.long}`;
  const operands = [...parsed.operands, ...parsed.unknown];
  const wanted = command.registeredArguments;
  const required = wanted.filter((argument) => argument.required).length;
  if (operands.length < required) return `${command.name()} needs <${wanted[operands.length]?.name()}>`;
  if (operands.length > wanted.length && !wanted.at(-1)?.variadic) {
    return `${command.name()} takes no argument ${operands[wanted.length]}`;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {Programs} programs
 */
function createChecker(root, programs) {
  const workspaces = listWorkspaces(root);
  const { scripts = {} } = readJson(join(root, "package.json"));
  /** @type {Map<string, string>} */
  const commands = new Map();
  for (const { manifest } of workspaces) {
    for (const name of Object.keys(manifest.bin ?? {})) commands.set(manifest.name, name);
  }
  const ours = new Set(workspaces.map(({ manifest }) => manifest.name));

  /** @param {string} name of a package */
  const isPackage = (name) =>
    name.startsWith("@handlekit/") ? ours.has(name) : existsSync(join(root, "node_modules", name));

  /**
   * @param {readonly string[]} names
   * @returns {string | undefined}
   */
  const refusedPackage = (names) => {
    const unknown = names
      .map((name) => packageOf(name.replace(/^npm:/, "")))
      .find((name) => !isPackage(name));
    return unknown === undefined
      ? undefined
      : `no package ${unknown} is in this repository or installed in it`;
  };

  /**
   * @param {readonly string[]} words
   * @returns {string | undefined}
   */
  const refusedNpm = ([verb = "", ...args]) => {
    const operands = args.filter((word) => !word.startsWith("-"));
    if (["ci", "pack", "prefix", "test"].includes(verb)) return undefined;
    if (verb === "install" || verb === "link") return refusedPackage(operands);
    if (verb !== "run") return `npm ${verb} is not one of ci, install, link, pack, prefix, run, test`;
    return (operands[0] ?? "") in scripts ? undefined : `package.json has no script ${operands[0]}`;
  };

  /**
   * @param {readonly string[]} words
   * @returns {string | undefined} the reason if the command line would fail
   */
  const refused = ([program = "", ...args]) => {
    const make = programs[program];
    if (make) return refusedByProgram(make(), args);
    if (program === "npm") return refusedNpm(args);
    if (program === "npx") {
      const [name = "", ...rest] = args.filter((word) => word !== "-y");
      const command = programs[commands.get(name) ?? name];
      if (command) return refusedByProgram(command(), rest);
      return existsSync(join(root, "node_modules/.bin", name)) ? undefined : refusedPackage([name]);
    }
    if (RUNTIMES.has(program)) return args[0] === "add" ? refusedPackage(args.slice(1)) : undefined;
    const flags = OTHERS[program];
    if (!flags) return `${program} is not a program that scripts/lib/readme-shell.mjs knows`;
    const flag = args.find((word) => word.startsWith("-") && !flags.includes(word));
    return flag && flags.length > 0
      ? `scripts/lib/readme-shell.mjs does not know ${program} ${flag}`
      : undefined;
  };
  return refused;
}

/**
 * Checks each command of the `sh` blocks: its program, and the commands, flags and arguments of our own programs
 * and npm.
 *
 * @param {string} root
 * @param {readonly import("./readme.mjs").Readme[]} readmes
 * @param {Programs} programs ours, by name
 * @returns {string[]} problems
 */
export function checkShellBlocks(root, readmes, programs) {
  const refused = createChecker(root, programs);
  return readmes.flatMap(({ name, blocks }) =>
    blocks
      .filter(({ language }) => language === "sh")
      .flatMap((block) => {
        try {
          return splitShell(block.text).flatMap(({ line, words }) => {
            const why = refused(words);
            return why === undefined ? [] : [`${name}:${block.line + line}: ${why}.`];
          });
        } catch (error) {
          return [`${name}:${block.line}: ${/** @type {Error} */ (error).message}.`];
        }
      }),
  );
}
