import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { splitShell } from "./shell.mjs";
import { listWorkspaces } from "./workspaces.mjs";

/**
 * @typedef {object} Block a fenced block of a README
 * @property {string} language the word after the fence; "" when there is none
 * @property {number} line of the first line within the fence
 * @property {string} text
 *
 * @typedef {object} Readme
 * @property {string} name such as `packages/auth/README.md`
 * @property {string} folder such as `packages/auth`; "" for the README of the repository
 * @property {string} path of its folder, absolute
 * @property {Block[]} blocks
 * @property {Set<string>} words the words between backticks, outside of blocks
 * @property {Set<string>} installed the packages that its `npm install` lines name, without global ones
 */

const FENCE = /^```(.*)$/;

/**
 * Splits a Markdown text into fenced blocks and the rest.
 *
 * @param {string} text
 * @returns {{ blocks: Block[], prose: string }}
 */
export function splitMarkdown(text) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  const prose = [];
  /** @type {Block & { lines: string[] } | undefined} */
  let open;
  for (const [at, line] of text.split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open && fence) {
      blocks.push({ language: open.language, line: open.line, text: open.lines.join("\n") });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1]?.trim() ?? "", line: at + 2, text: "", lines: [] };
    else prose.push(line);
  }
  return { blocks, prose: prose.join("\n") };
}

/**
 * The package that a specifier or an argument of `npm install` names: `@scope/name` of `@scope/name/sub@1.2.3`.
 *
 * @param {string} specifier
 */
export const packageOf = (specifier) => /^(@[^/@]+\/)?[^/@]+/.exec(specifier)?.[0] ?? specifier;

/**
 * The commands of an `sh` block; none of one that cannot be read, which the check of commands reports.
 *
 * @param {Block} block
 */
function commandsOf({ text }) {
  try {
    return splitShell(text).map(({ words }) => words);
  } catch {
    return [];
  }
}

/**
 * The packages that `npm install` lines of `sh` blocks install into a project.
 *
 * @param {readonly Block[]} blocks
 */
function installedBy(blocks) {
  const names = blocks
    .filter(({ language }) => language === "sh")
    .flatMap(commandsOf)
    .filter(([program, verb]) => program === "npm" && verb === "install")
    .filter((words) => !words.includes("--global") && !words.includes("-g"))
    .flatMap((words) => words.slice(2).filter((word) => !word.startsWith("-")));
  return new Set(names.map(packageOf));
}

/**
 * @param {string} root
 * @param {string} folder "" for the README of the repository
 * @returns {Readme | undefined} undefined when there is none
 */
export function readReadme(root, folder) {
  const path = join(root, folder);
  const file = join(path, "README.md");
  if (!existsSync(file)) return undefined;
  const { blocks, prose } = splitMarkdown(readFileSync(file, "utf8"));
  const spans = prose.match(/`[^`]+`/g) ?? [];
  return {
    name: join(folder, "README.md"),
    folder,
    path,
    blocks,
    words: new Set(spans.flatMap((span) => span.match(/[\w$]+/g) ?? [])),
    installed: installedBy(blocks),
  };
}

/**
 * The READMEs of the repository, its packages and apps.
 *
 * @param {string} root
 * @returns {Readme[]}
 */
export function listReadmes(root) {
  return ["", ...listWorkspaces(root).map(({ folder }) => folder)].flatMap(
    (folder) => readReadme(root, folder) ?? [],
  );
}
