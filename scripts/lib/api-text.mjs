import { existsSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { createModules, isOwnName } from "./api-modules.mjs";
import { entriesOf } from "./type-program.mjs";

/** @typedef {import("./api-modules.mjs").Module} Module */
/** @typedef {import("./api-modules.mjs").Found} Found */

const printer = ts.createPrinter({ removeComments: true });

/**
 * Returns a declaration as text, without `export` and `declare`.
 *
 * @param {Module} module
 * @param {string} name
 * @param {string} [before] a text to put before each statement
 */
const textOf = ({ declared, source }, name, before = "") =>
  (declared.get(name) ?? [])
    .map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, source))
    .map((text) =>
      text
        .replace(/^(export )?(declare )?/, before)
        .replace(/^ +/gm, (spaces) => spaces.slice(spaces.length / 2)),
    )
    .join("\n");

/**
 * Lists the optional members of declarations that refuse undefined.
 *
 * @param {readonly ts.Statement[]} statements
 * @returns {string[]} their names
 */
function refusingUndefined(statements) {
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if ((ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)) && node.questionToken && node.type) {
      const types = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
      const takes = [ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.UnknownKeyword];
      if (!types.some(({ kind }) => takes.includes(kind))) found.push(node.name.getText());
    }
    ts.forEachChild(node, visit);
  };
  for (const statement of statements) visit(statement);
  return found;
}

/**
 * Returns the public types of a package as text: for each entry its exports, sorted by name, then the types of the package
 * that they use and that are not exported.
 *
 * @param {import("./workspaces.mjs").Workspace} workspace
 * @returns {{ text: string, problems: string[] }}
 */
export function apiText(workspace) {
  const { load, find, findExport } = createModules();
  /** @type {string[]} */
  const sections = [];
  /** @type {Map<string, Found>} */
  const queue = new Map();
  /** @type {Set<string>} */
  const exported = new Set();
  /** @type {Set<string>} */
  const foreign = new Set();
  /** @param {Extract<Found, { kind: "declared" }>} found */
  const keyOf = ({ module, name }) => `${name} ${module.file}`;
  /** @param {Extract<Found, { kind: "declared" }>} found */
  const follow = ({ module, name }) => {
    /** @param {ts.Node} node */
    const visit = (node) => {
      if (ts.isIdentifier(node) && !isOwnName(node)) {
        const next = find(module, node.text);
        if (next?.kind === "foreign") foreign.add(`${next.from}: ${next.name}`);
        else if (next && !queue.has(keyOf(next))) {
          queue.set(keyOf(next), next);
          follow(next);
        }
      }
      ts.forEachChild(node, visit);
    };
    for (const statement of module.declared.get(name) ?? []) visit(statement);
  };

  for (const { subpath, file } of entriesOf(workspace)) {
    if (!existsSync(file)) throw new Error(`${file} is missing.`);
    const entry = load(file);
    /** @type {string[]} */
    const lines = [];
    /** @type {string[]} */
    const again = [];
    for (const name of [...entry.exported.keys()].sort()) {
      const found = findExport(entry, name);
      if (!found) throw new Error(`${file}: nothing is found under the exported name ${name}.`);
      if (found.kind === "foreign") {
        lines.push(
          `export { ${found.name === name ? "" : `${found.name} as `}${name} } from "${found.from}";`,
        );
        continue;
      }
      if (found.name !== name) lines.push(`export { ${found.name} as ${name} };`);
      // An export of several entries is written once.
      if (exported.has(keyOf(found))) again.push(name);
      else lines.push(textOf(found.module, found.name, "export "));
      exported.add(keyOf(found));
      queue.set(keyOf(found), found);
      follow(found);
    }
    if (again.length > 0) lines.push(`export { ${again.join(", ")} }; // declared above`);
    sections.push(`// ${join(workspace.manifest.name, subpath)}\n\n${lines.join("\n")}`);
  }
  const hidden = [...queue.values()]
    .flatMap((found) => (found.kind === "declared" && !exported.has(keyOf(found)) ? [found] : []))
    .map(({ module, name }) => textOf(module, name))
    .sort();
  if (hidden.length > 0) sections.push(`// Named above, not exported\n\n${hidden.join("\n")}`);
  if (foreign.size > 0)
    sections.push(
      `// From other packages\n\n${[...foreign]
        .sort()
        .map((each) => `// ${each}`)
        .join("\n")}`,
    );
  const problems = [...queue.values()].flatMap((found) =>
    found.kind === "declared"
      ? refusingUndefined(found.module.declared.get(found.name) ?? []).map(
          (member) =>
            `${workspace.folder}: ${found.name}.${member} is optional and refuses undefined: write ?: T | undefined.`,
        )
      : [],
  );
  return { text: `${sections.join("\n\n")}\n`, problems: [...new Set(problems)] };
}
