import ts from "typescript";

/**
 * @typedef {object} Import
 * @property {string | undefined} specifier undefined when it is neither a literal nor a constant of the file
 * @property {number} line
 * @property {"type" | "static" | "dynamic"} kind a `type` import is erased
 *
 * @typedef {object} SourceFacts
 * @property {Import[]} imports
 * @property {number[]} starExports lines with `export *`
 * @property {number[]} defaultExports lines
 * @property {Array<{ name: string, line: number }>} globals uses of the given names
 */

/**
 * The imports of a source file, and the other facts that the rules of imports need.
 *
 * @param {string} file its name, for the kind of syntax
 * @param {string} text
 * @param {readonly string[]} globals names to look for
 * @returns {SourceFacts}
 */
export function readSource(file, text, globals) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {SourceFacts} */
  const facts = { imports: [], starExports: [], defaultExports: [], globals: [] };

  const constants = stringConstants(source);
  /** @param {ts.Node | undefined} node */
  const textOf = (node) => {
    if (node && ts.isIdentifier(node)) return constants.get(node.text);
    return node && ts.isStringLiteralLike(node) ? node.text : undefined;
  };
  /** @param {ts.Node} node */
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  /**
   * @param {ts.Node | undefined} specifier
   * @param {Import["kind"]} kind
   * @param {ts.Node} node
   */
  const add = (specifier, kind, node) => {
    facts.imports.push({ specifier: textOf(specifier), line: lineOf(node), kind });
  };

  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      // With verbatimModuleSyntax, `import { type A }` still loads the module; `import type` does not.
      add(node.moduleSpecifier, node.importClause?.isTypeOnly ? "type" : "static", node);
    } else if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly ? "type" : "static", node);
      const { exportClause } = node;
      if (!exportClause || ts.isNamespaceExport(exportClause)) facts.starExports.push(lineOf(node));
      else if (exportClause.elements.some(({ name }) => name.text === "default")) {
        facts.defaultExports.push(lineOf(node));
      }
    } else if (ts.isExportAssignment(node)) {
      facts.defaultExports.push(lineOf(node));
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node.moduleReference.expression, node.isTypeOnly ? "type" : "static", node);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, "type", node);
    } else if (ts.isCallExpression(node)) {
      const called = node.expression;
      if (called.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], "dynamic", node);
      else if (ts.isIdentifier(called) && called.text === "require") add(node.arguments[0], "static", node);
    } else if (ts.isIdentifier(node) && globals.includes(node.text) && !isMemberName(node)) {
      facts.globals.push({ name: node.text, line: lineOf(node) });
    }
    if (ts.canHaveModifiers(node)) {
      const isDefault = ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
      if (isDefault) facts.defaultExports.push(lineOf(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return facts;
}

/**
 * The texts of `const name = "text"`, which keeps a bundler from following an import of that name.
 *
 * @param {ts.SourceFile} source
 */
function stringConstants(source) {
  /** @type {Map<string, string>} */
  const found = new Map();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const isConst = (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0;
      if (isConst && ts.isStringLiteralLike(node.initializer))
        found.set(node.name.text, node.initializer.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * Whether an identifier names a member of something (`x.process`, `{ process: 1 }`), not a variable.
 *
 * @param {ts.Identifier} node
 */
function isMemberName(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isAccessor(parent)) &&
    parent.name === node
  );
}
