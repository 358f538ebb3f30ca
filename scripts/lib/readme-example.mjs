import ts from "typescript";

/** @typedef {import("./readme.mjs").Block} Block */

/**
 * @typedef {object} Example one block of a README as a file for the compiler
 * @property {string} file absolute; there is no such file on the disk
 * @property {string} text
 * @property {(number | undefined)[]} lines the line of the README that each line of the text comes from, of this
 *   block only
 *
 * @typedef {object} Parsed
 * @property {Block} block
 * @property {{ text: string, line: number, module: string, locals: Map<string, string> }[]} imports
 * @property {string} body the block without its imports, line for line
 * @property {{ specifier: string, line: number }[]} specifiers everything that it imports
 */

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
const blank = (text, start, end) =>
  text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, " ") + text.slice(end);

/**
 * Separates the imports of a block from its body, and removes `export` from the body.
 *
 * @param {Block} block
 * @returns {Parsed}
 */
export function parseBlock(block) {
  const source = ts.createSourceFile("block.ts", block.text, ts.ScriptTarget.Latest, true);
  /** @param {ts.Node} node */
  const lineOf = (node) => block.line + source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  /** @type {Parsed} */
  const parsed = { block, imports: [], body: block.text, specifiers: [] };
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const module = statement.moduleSpecifier.text;
      const clause = statement.importClause;
      /** @type {Map<string, string>} */
      const locals = new Map();
      if (clause?.name) locals.set(clause.name.text, "default");
      const bindings = clause?.namedBindings;
      if (bindings && ts.isNamespaceImport(bindings)) locals.set(bindings.name.text, "*");
      else if (bindings) {
        for (const { name, propertyName } of bindings.elements) {
          locals.set(name.text, (propertyName ?? name).text);
        }
      }
      parsed.imports.push({
        text: statement.getText(source).replace(/\s*\n\s*/g, " "),
        line: lineOf(statement),
        module,
        locals,
      });
      parsed.body = blank(parsed.body, statement.getStart(source), statement.end);
    } else if (ts.isExportAssignment(statement)) {
      // The replacement has the length of `export default`.
      const start = statement.getStart(source);
      parsed.body = `${parsed.body.slice(0, start)}void          ${parsed.body.slice(start + 14)}`;
    } else if (ts.canHaveModifiers(statement)) {
      for (const modifier of ts.getModifiers(statement) ?? []) {
        if (modifier.kind === ts.SyntaxKind.ExportKeyword)
          parsed.body = blank(parsed.body, modifier.getStart(source), modifier.end);
      }
    }
  }
  /** @param {ts.Node} node */
  const visit = (node) => {
    const named =
      (ts.isImportDeclaration(node) && node.moduleSpecifier) ||
      (ts.isCallExpression(node) &&
        node.expression.kind === ts.SyntaxKind.ImportKeyword &&
        node.arguments[0]) ||
      (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && node.argument.literal);
    if (named && ts.isStringLiteralLike(named))
      parsed.specifiers.push({ specifier: named.text, line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return parsed;
}

/**
 * Returns a block as a module: the imports of all blocks so far, and the blocks, each one in the scope of the one
 * before.
 *
 * @param {string} stem the file of the README without `.md`, absolute
 * @param {readonly Parsed[]} sofar up to this block
 * @returns {Example}
 */
export function composeExample(stem, sofar) {
  /** @type {string[]} */
  const text = [];
  /** @type {(number | undefined)[]} */
  const lines = [];
  /** @param {string} line @param {number} [at] */
  const add = (line, at) => {
    text.push(line);
    lines.push(at);
  };
  const current = sofar.at(-1);
  /** @type {Set<string>} */
  const taken = new Set();
  for (const parsed of [...sofar].reverse()) {
    for (const { text: written, line, module, locals } of parsed.imports) {
      const own = parsed === current;
      const fresh = [...locals].filter(([local]) => own || !taken.has(local));
      for (const [local] of fresh) taken.add(local);
      if (own) add(written, line);
      else
        for (const [local, imported] of fresh) {
          if (imported === "*") add(`import * as ${local} from "${module}";`);
          else add(`import { ${imported} as ${local} } from "${module}";`);
        }
    }
  }
  for (const { block, body } of sofar) {
    add("{");
    for (const [at, line] of body.split("\n").entries())
      add(line, block === current?.block ? block.line + at : undefined);
  }
  add("}".repeat(sofar.length));
  add("export {};");
  return { file: `${stem}.${current?.block.line}.ts`, text: text.join("\n"), lines };
}
