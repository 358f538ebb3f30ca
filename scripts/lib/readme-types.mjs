import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, join, relative } from "node:path";
import ts from "typescript";
import { packageOf } from "./readme.mjs";

/** @typedef {import("./readme.mjs").Block} Block */
/** @typedef {import("./readme.mjs").Readme} Readme */

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
function parse(block) {
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
 * A block as a module: the imports of all blocks so far, and the blocks, each one in the scope of the one before.
 *
 * @param {Readme} readme
 * @param {readonly Parsed[]} sofar up to this block
 * @param {{ file: string, names: string[] } | undefined} given
 * @returns {Example}
 */
function compose({ path }, sofar, given) {
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
  const names = given?.names.filter((name) => !taken.has(name)) ?? [];
  if (given && names.length > 0) add(`import { ${names.join(", ")} } from ${JSON.stringify(given.file)};`);
  for (const { block, body } of sofar) {
    add("{");
    for (const [at, line] of body.split("\n").entries())
      add(line, block === current?.block ? block.line + at : undefined);
  }
  add("}".repeat(sofar.length));
  add("export {};");
  return { file: join(path, `README.${current?.block.line}.ts`), text: text.join("\n"), lines };
}

/** @param {Block} block */
const isCode = ({ language }) => language === "ts" || language === "js";

/**
 * The names that the reader of a README brings, from tests/types/readme/NAME.ts.
 *
 * @param {string} root
 * @param {Readme} readme
 */
function givenTo(root, { folder }) {
  const file = join(root, "tests/types/readme", `${basename(folder) || "root"}.ts`);
  if (!existsSync(file)) return undefined;
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const names = source.statements.flatMap((statement) => {
    const exported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText(source));
    return ts.isFunctionDeclaration(statement) && statement.name ? [statement.name.text] : [];
  });
  return { file, names };
}

/**
 * The `ts` and `js` blocks of a README as files for the compiler, and the problems that need no compiler.
 *
 * @param {string} root
 * @param {Readme} readme
 * @returns {{ examples: Example[], problems: string[] }}
 */
export function readExamples(root, readme) {
  const { name, blocks, installed } = readme;
  const given = givenTo(root, readme);
  /** @type {string[]} */
  const problems = [];
  /** @type {Example[]} */
  const examples = [];
  /** @type {Parsed[]} */
  const sofar = [];
  /** @type {Map<string, string>} */
  const origins = new Map();
  for (const block of blocks) {
    if (block.language === "") problems.push(`${name}:${block.line - 1}: the block has no language.`);
    if (!isCode(block)) continue;
    const parsed = parse(block);
    sofar.push(parsed);
    examples.push(compose(readme, sofar, given));
    for (const { specifier, line } of parsed.specifiers) {
      if (isBuiltin(specifier) || installed.has(packageOf(specifier))) continue;
      const from = packageOf(specifier);
      problems.push(`${name}:${line}: imports ${from}, which no npm install line of this README installs.`);
    }
    for (const { line, module, locals } of parsed.imports) {
      for (const [local, imported] of locals) {
        const origin = `${imported} of ${module}`;
        const before = origins.get(local) ?? origin;
        if (before !== origin)
          problems.push(
            `${name}:${line}: imports ${origin} as ${local}, which is ${before} above: rename one.`,
          );
        origins.set(local, before);
      }
    }
    if (block.language === "js") {
      const { diagnostics = [] } = ts.transpileModule(block.text, {
        fileName: "block.js",
        reportDiagnostics: true,
        compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext },
      });
      for (const { start = 0, messageText } of diagnostics) {
        const line = block.line + block.text.slice(0, start).split("\n").length - 1;
        problems.push(`${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
      }
    }
  }
  const code = blocks.filter(isCode).map(({ text }) => text);
  for (const each of given?.names ?? []) {
    if (code.some((text) => new RegExp(`(?<![\\w$])${each.replaceAll("$", "\\$")}(?![\\w$])`).test(text)))
      continue;
    problems.push(`${relative(root, given?.file ?? "")}: ${each} stands in no example of ${name}.`);
  }
  return { examples, problems };
}

/**
 * Compiles examples.
 *
 * @param {string} name of the README
 * @param {readonly Example[]} examples
 * @param {ts.Program} program with the examples in it
 * @returns {string[]} problems
 */
export function checkExamples(name, examples, program) {
  return examples.flatMap(({ file, lines }) => {
    const source = program.getSourceFile(file);
    if (!source) return [`${name}: the compiler does not see ${file}.`];
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].flatMap(
      ({ start = 0, code, messageText }) => {
        const line = lines[source.getLineAndCharacterOfPosition(start).line];
        if (line === undefined) return [];
        return [`${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")} (TS${code})`];
      },
    );
  });
}
