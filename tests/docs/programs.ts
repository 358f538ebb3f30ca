// The `ts` and `js` blocks of a page as programs: blocks that use each other's names are one program.
import { transform } from "esbuild";
import ts from "typescript";
import type { Block, Parsed } from "./library.ts";
import { composeExample, parseBlock } from "./library.ts";

/** A program of one or more blocks. */
export interface Program {
  readonly blocks: readonly Block[];
  /** Plain JavaScript, a module. */
  readonly code: string;
  /** Lines that it prints, in their order; `…` stands for any text. */
  readonly prints: readonly string[];
}

interface Names {
  readonly declared: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
}

/** The names that a block declares at its top, and those that it uses. */
function namesOf({ body }: Parsed): Names {
  const source = ts.createSourceFile("block.ts", body, ts.ScriptTarget.Latest, true);
  const declared = new Set<string>();
  const used = new Set<string>();
  const declare = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) declared.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) declare(element.name);
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) declare(name);
    if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name)
      declared.add(statement.name.text);
  }
  const isMember = (node: ts.Node): boolean => {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) return parent.name === node;
    return false;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isMember(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { declared, used };
}

/** The lines that a block says it prints: `console.log(x); // 5`, and comments on the lines below. */
function printsOf({ text }: Block): readonly string[] {
  const lines: string[] = [];
  let below = false;
  for (const line of text.split("\n")) {
    const beside = /^\s*(?:.*\b)?console\.log\(.*\);?\s*\/\/ (.+)$/.exec(line)?.[1];
    const alone: string | undefined = below ? /^\/\/ (.+)$/.exec(line)?.[1] : undefined;
    if (beside ?? alone) lines.push(beside ?? alone ?? "");
    below = alone !== undefined || /\bconsole\.log\(/.test(line);
  }
  return lines;
}

/**
 * Leaves out what closes something that a later block goes on to use, and returns it.
 *
 * @param later the names that later blocks use
 */
function postpone(parsed: Parsed, later: ReadonlySet<string>): { parsed: Parsed; closing: string } {
  const closing: string[] = [];
  const body = parsed.body.replace(/^await (\w+)\.close\(\);$/gm, (line, name: string) => {
    if (!later.has(name)) return line;
    closing.push(line);
    return "";
  });
  return { parsed: { ...parsed, body }, closing: closing.join("\n") };
}

/** Turns the blocks of a page into programs, each in the place of its last block. */
export async function composePrograms(blocks: readonly Block[]): Promise<readonly Program[]> {
  const parsed = blocks.map((block) => parseBlock(block));
  const names = parsed.map(namesOf);
  /** For each block the first one of its program. */
  const first = blocks.map((_, at) => at);
  /** For each block its names that later ones use. */
  const later = blocks.map(() => new Set<string>());
  for (const [at, { declared, used }] of names.entries()) {
    const imported = new Set(parsed[at]?.imports.flatMap(({ locals }) => [...locals.keys()]));
    for (const name of used) {
      if (declared.has(name) || imported.has(name)) continue;
      const from = names.slice(0, at).findLastIndex((before) => before.declared.has(name));
      if (from < 0) continue;
      later[from]?.add(name);
      const [low, high] = [first[from] ?? from, first[at] ?? at].sort((a, b) => a - b);
      for (const [each, group] of first.entries()) if (group === high) first[each] = low ?? group;
    }
  }
  const programs = [...new Set(first)].map(async (group): Promise<Program> => {
    const own = blocks.filter((_, at) => first[at] === group);
    const last = blocks.indexOf(own.at(-1) as Block);
    const closings: string[] = [];
    // Blocks of other programs give their imports only.
    const sofar = parsed.slice(0, last + 1).map((each, at) => {
      if (first[at] !== group) return { ...each, body: "" };
      const { parsed: rest, closing } = postpone(each, later[at] ?? new Set());
      if (closing !== "") closings.push(closing);
      return rest;
    });
    const end = sofar[last] as Parsed;
    const ending = "\nawait new Promise((resolve) => setImmediate(resolve));\nprocess.exit();";
    sofar[last] = {
      ...end,
      body: `${end.body}\n${closings.join("\n")}${own.some((block) => isSuite(parsed[blocks.indexOf(block)] as Parsed)) ? "" : ending}`,
    };
    const { code } = await transform(composeExample("page", sofar).text, {
      loader: "ts",
      format: "esm",
      target: "node20",
    });
    return { blocks: own, code, prints: own.flatMap(printsOf) };
  });
  return Promise.all(programs);
}

/** Returns true for a block that is a test file of vitest. */
const isSuite = ({ imports }: Parsed) => imports.some(({ module }) => module === "vitest");
