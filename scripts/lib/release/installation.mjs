import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { splitMarkdown } from "../readme.mjs";
import { runCaptured } from "../run-captured.mjs";
import { splitShell } from "../shell.mjs";

/** @typedef {import("../workspaces.mjs").Workspace} Workspace */
/** @typedef {import("./programs.mjs").Command} Command */

/** The packages of others that the programs of {@link addPrograms} import. */
export const EXAMPLE_PACKAGES = ["express", "undici@7"];

/**
 * The names under which a package is imported.
 *
 * @param {Workspace} workspace
 */
export const entriesOf = ({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter((subpath) => subpath !== "./package.json")
    .map((subpath) => join(manifest.name, subpath));

/**
 * The packages that the `npm install` lines of a README install into a project, with their versions.
 *
 * @param {string} text
 */
export function installLinesOf(text) {
  const commands = splitMarkdown(text)
    .blocks.filter(({ language }) => language === "sh")
    .flatMap((block) => splitShell(block.text).map(({ words }) => words));
  const names = commands
    .filter(([program, verb]) => program === "npm" && verb === "install")
    .filter((words) => !words.includes("--global"))
    .flatMap((words) => words.slice(2).filter((word) => !word.startsWith("-")));
  return [...new Set(names)];
}

/**
 * Imports entries of installed packages, and starts the programs among them.
 *
 * @param {readonly Workspace[]} workspaces
 * @param {string} installed
 * @param {Command} runtime
 * @returns {Promise<string[]>} problems
 */
export async function useEntries(workspaces, installed, runtime) {
  const names = workspaces.flatMap(entriesOf);
  const program = `for (const name of ${JSON.stringify(names)}) {
    await import(name).catch((error) => { console.log(name + ": " + error.message); process.exitCode = 1; });
  }`;
  const { good, output } = await runCaptured([...runtime, "--input-type=module", "--eval", program], {
    cwd: installed,
  });
  const problems = good ? [] : [output.trim()];
  for (const { manifest } of workspaces) {
    for (const name of Object.keys(manifest.bin ?? {})) {
      const command = /** @type {Command} */ ([join(installed, "node_modules/.bin", name), "--version"]);
      const { good: started, output: shown } = await runCaptured(command, { cwd: installed });
      if (!started || shown.trim() !== manifest.version) problems.push(`${name} --version: ${shown.trim()}`);
    }
  }
  return problems;
}

/**
 * Compiles a program that imports every entry, with the installed declarations.
 *
 * @param {readonly Workspace[]} workspaces
 * @param {string} installed
 * @param {string} root
 * @returns {string[]} problems of our declarations
 */
export function compileEntries(workspaces, installed, root) {
  const names = workspaces.flatMap(entriesOf);
  const file = join(installed, "entries.ts");
  const text = names.map((name, at) => `export * as entry${at} from "${name}";`).join("\n");
  const host = ts.createCompilerHost({});
  const { getSourceFile, fileExists, readFile } = host;
  Object.assign(host, {
    fileExists: (/** @type {string} */ name) => name === file || fileExists(name),
    readFile: (/** @type {string} */ name) => (name === file ? text : readFile(name)),
    getSourceFile: (/** @type {string} */ name, /** @type {any} */ ...more) =>
      name === file
        ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true)
        : getSourceFile.call(host, name, .../** @type {[any]} */ (more)),
  });
  const program = ts.createProgram({
    rootNames: [file],
    host,
    options: {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      noEmit: true,
    },
  });
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file: from }) => from === undefined || /entries\.ts$|@handlekit\//.test(from.fileName))
    .map(
      ({ file: from, messageText }) =>
        `${from?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
}

/**
 * Copies the programs that use the packages into an installation of all of them.
 *
 * @param {string} root
 * @param {string} installed
 */
export function addPrograms(root, installed) {
  for (const folder of ["examples", "tests/runtimes"]) {
    cpSync(join(root, folder), join(installed, folder), { recursive: true });
  }
  const keys = "packages/keys/test/handle-net-keys.json";
  mkdirSync(join(installed, "packages/keys/test"), { recursive: true });
  cpSync(join(root, keys), join(installed, keys));
}
