// Checks the READMEs of the repository and its packages, and the pages of docs/: exported functions and options are in
// the READMEs, `ts` and `js` blocks compile with only what the page installs, `sh` blocks use commands and flags that
// exist.
// node scripts/check-readmes.mjs [ROOT]
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadPrograms } from "./lib/programs.mjs";
import { listPages, listReadmes } from "./lib/readme.mjs";
import { checkMentions } from "./lib/readme-options.mjs";
import { checkShellBlocks } from "./lib/readme-shell.mjs";
import { checkExamples, readExamples } from "./lib/readme-types.mjs";
import { createTypeProgram } from "./lib/type-program.mjs";
import { listWorkspaces, REPOSITORY, report } from "./lib/workspaces.mjs";

const root = resolve(process.argv[2] ?? REPOSITORY);
const workspaces = new Map(listWorkspaces(root).map((workspace) => [workspace.folder, workspace]));
const pages = listPages(root);
const readmes = [...listReadmes(root), ...pages].map((readme) => ({ readme, ...readExamples(readme) }));
const files = readmes
  .flatMap(({ examples }) => examples)
  .map(({ file, text }) => /** @type {const} */ ([file, text]));
const program = createTypeProgram(root, new Map(files));
const hasApps = existsSync(join(root, "apps/cli")) && existsSync(join(root, "apps/server"));

const problems = readmes.flatMap(({ readme, examples, problems: found }) => {
  const workspace = workspaces.get(readme.folder);
  return [
    ...found,
    ...checkExamples(readme.name, examples, program),
    ...(workspace ? checkMentions(workspace, readme, program) : []),
  ];
});
problems.push(
  ...checkShellBlocks(
    root,
    readmes.map(({ readme }) => readme),
    hasApps ? await loadPrograms(root) : {},
  ),
);
const count = `${readmes.length - pages.length} READMEs${pages.length === 0 ? "" : `, ${pages.length} pages`}`;
report(problems, `${count}, ${files.length} examples are correct.`);
