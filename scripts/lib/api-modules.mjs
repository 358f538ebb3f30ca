import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";

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
export function isOwnName(node) {
  const { parent } = node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isImportTypeNode(parent)) return parent.qualifier === node;
  return "name" in parent && parent.name === node;
}

/** Reads the sources of a package, each at most once. */
export function createModules() {
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
