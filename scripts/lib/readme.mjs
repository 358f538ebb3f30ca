import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { splitShell } from "./shell.mjs";
import { isGenerated } from "./site-pages.mjs";
import { listWorkspaces } from "./workspaces.mjs";

/**
 * @typedef {object} Block a fenced block of a README
 * @property {string} language the word after the fence; "" when there is none
 * @property {number} line of the first line within the fence
 * @property {string} text
 * @property {string | undefined} notRun why the tests do not run it, as its first line says: `# not run: it needs root`
 *
 * @typedef {object} Readme a README, or a page of docs/
 * @property {string} name such as `packages/auth/README.md`
 * @property {string} folder such as `packages/auth`; "" for the README of the repository
 * @property {string} path of its folder, absolute
 * @property {string} stem its file without `.md`, absolute
 * @property {Block[]} blocks
 * @property {Set<string>} words the words between backticks, outside of blocks
 * @property {Set<string>} installed the packages that its `npm install` lines name, without global ones
 */

const FENCE = /^```(.*)$/;
const NOT_RUN = /^(?:#!.*\n)?(?:#|\/\/) not run: (.+)/;

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
  /** @type {{ language: string, line: number, lines: string[] } | undefined} */
  let open;
  for (const [at, line] of text.split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open && fence) {
      const text = open.lines.join("\n");
      blocks.push({ language: open.language, line: open.line, text, notRun: NOT_RUN.exec(text)?.[1] });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1]?.trim() ?? "", line: at + 2, lines: [] };
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
 * @param {string} name of the file below it
 * @returns {Readme}
 */
function readPage(root, name) {
  const file = join(root, name);
  const { blocks, prose } = splitMarkdown(readFileSync(file, "utf8"));
  const spans = prose.match(/`[^`]+`/g) ?? [];
  return {
    name,
    folder: dirname(name) === "." ? "" : dirname(name),
    path: dirname(file),
    stem: file.replace(/\.md$/, ""),
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
  return ["", ...listWorkspaces(root).map(({ folder }) => folder)]
    .map((folder) => join(folder, "README.md"))
    .filter((name) => existsSync(join(root, name)))
    .map((name) => readPage(root, name));
}

/**
 * The pages of docs/ that are written by hand.
 *
 * @param {string} root
 * @returns {Readme[]}
 */
export function listPages(root) {
  const docs = join(root, "docs");
  if (!existsSync(docs)) return [];
  return /** @type {string[]} */ (readdirSync(docs, { recursive: true }))
    .filter((name) => name.endsWith(".md") && !name.startsWith(".") && !isGenerated(name))
    .sort()
    .map((name) => readPage(root, join("docs", name)));
}
