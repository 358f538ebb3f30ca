import { isBuiltin } from "node:module";
import ts from "typescript";
import { packageOf } from "./readme.mjs";
import { composeExample, parseBlock } from "./readme-example.mjs";

/** @typedef {import("./readme.mjs").Block} Block */
/** @typedef {import("./readme.mjs").Readme} Readme */
/** @typedef {import("./readme-example.mjs").Example} Example */
/** @typedef {import("./readme-example.mjs").Parsed} Parsed */

/** @param {Block} block */
const isCode = ({ language }) => language === "ts" || language === "js";

/**
 * The `ts` and `js` blocks of a README as files for the compiler, and the problems that need no compiler.
 *
 * @param {Readme} readme
 * @returns {{ examples: Example[], problems: string[] }}
 */
export function readExamples(readme) {
  const { name, blocks, installed } = readme;
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
    const parsed = parseBlock(block);
    sofar.push(parsed);
    examples.push(composeExample(readme.stem, sofar));
    for (const { specifier, line } of parsed.specifiers) {
      if (isBuiltin(specifier) || installed.has(packageOf(specifier))) continue;
      const from = packageOf(specifier);
      problems.push(
        `${name}:${line}: imports ${from}, which no npm install line of this ${readme.folder.startsWith("docs") ? "page" : "README"} installs.`,
      );
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
