import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { entriesOf } from "./type-program.mjs";

/**
 * @typedef {object} Module a source file as its declarations
 * @property {string} file absolute
 * @property {ts.SourceFile} source
 * @property {Map<string, ts.Statement[]>} declared statements by the name they declare
 * @property {Map<string, { from: string, name: string }>} bound names that come from elsewhere
 * @property {Map<string, { from?: string, name: string }>} exported by exported name
 *
 * @typedef {{ kind: "declared", module: Module, name: string } | { kind: "foreign", from: string, name: string }} Found
 */

const OPTIONS = /** @type {ts.CompilerOptions} */ ({
  target: ts.ScriptTarget.ES2022,
  isolatedDeclarations: true,
  removeComments: true,
  stripInternal: false,
});

/** @param {ts.Statement} statement */
function namesOf(statement) {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const declares =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return declares && statement.name ? [statement.name.text] : [];
}

/**
 * @param {string} file
 * @returns {Module}
 */
function readModule(file) {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(file, "utf8"), {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: OPTIONS,
  });
  const [fault] = diagnostics;
  if (fault) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(fault.messageText, " ")}`);
  const source = ts.createSourceFile(file, outputText, ts.ScriptTarget.Latest, true);
  /** @type {Module} */
  const module = { file, source, declared: new Map(), bound: new Map(), exported: new Map() };
  for (const statement of source.statements) {
    for (const name of namesOf(statement)) {
      module.declared.set(name, [...(module.declared.get(name) ?? []), statement]);
      const isExported =
        ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      if (isExported) module.exported.set(name, { name });
    }
    if (ts.isImportDeclaration(statement)) {
      const from = /** @type {ts.StringLiteral} */ (statement.moduleSpecifier).text;
      const { namedBindings, name } = statement.importClause ?? {};
      if (name) module.bound.set(name.text, { from, name: "default" });
      if (namedBindings && ts.isNamespaceImport(namedBindings))
        module.bound.set(namedBindings.name.text, { from, name: "*" });
      else
        for (const each of namedBindings?.elements ?? [])
          module.bound.set(each.name.text, { from, name: (each.propertyName ?? each.name).text });
    } else if (ts.isExportDeclaration(statement) && statement.exportClause) {
      const from =
        statement.moduleSpecifier && /** @type {ts.StringLiteral} */ (statement.moduleSpecifier).text;
      if (!ts.isNamedExports(statement.exportClause)) continue;
      for (const { name, propertyName } of statement.exportClause.elements)
        module.exported.set(name.text, { ...(from && { from }), name: (propertyName ?? name).text });
    }
  }
  return module;
}

/**
 * Returns true if an identifier names a member or a parameter, not a declaration of its module.
 *
 * @param {ts.Identifier} node
 */
function isOwnName(node) {
  const { parent } = node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isImportTypeNode(parent)) return parent.qualifier === node;
  return "name" in parent && parent.name === node;
}

/** Reads the sources of a package, each at most once. */
function createModules() {
  /** @type {Map<string, Module>} */
  const modules = new Map();
  /** @param {string} file */
  const load = (file) => {
    const known = modules.get(file) ?? readModule(file);
    modules.set(file, known);
    return known;
  };
  /**
   * @param {Module} module
   * @param {string} name as the module's own statements write it
   * @returns {Found | undefined} undefined for a name from elsewhere, such as a global type
   */
  const find = (module, name) => {
    if (module.declared.has(name)) return { kind: "declared", module, name };
    const bound = module.bound.get(name);
    return bound && findIn(module, bound.from, bound.name);
  };
  /**
   * @param {Module} module
   * @param {string} from
   * @param {string} name
   * @returns {Found | undefined}
   */
  const findIn = (module, from, name) => {
    if (!from.startsWith(".")) return { kind: "foreign", from, name };
    return findExport(load(resolve(module.file, "..", from)), name);
  };
  /**
   * @param {Module} module
   * @param {string} name
   * @returns {Found | undefined}
   */
  const findExport = (module, name) => {
    const exported = module.exported.get(name);
    if (!exported) return undefined;
    return exported.from ? findIn(module, exported.from, exported.name) : find(module, exported.name);
  };
  return { load, find, findExport };
}

const printer = ts.createPrinter({ removeComments: true });

/**
 * Returns a declaration as text, without `export` and `declare`.
 *
 * @param {Module} module
 * @param {string} name
 * @param {string} [before] stands before each statement
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
