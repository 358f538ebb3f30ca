import { readFile } from "node:fs/promises";
import { format } from "node:util";
import { transform } from "esbuild";

export const readme: string = await readFile(new URL("../README.md", import.meta.url), "utf8");

/** The code of the first block below a heading of the README. */
export function blockBelow(heading: string): string {
  const [, below = ""] = readme.split(`\n${heading}\n`);
  const code = /^```(?:js|ts)\n(.*?)^```/ms.exec(below)?.[1];
  if (code === undefined) throw new Error(`There is no code below ${heading}.`);
  return code;
}

/** The code with its imports as calls of `load`, and without types. */
async function toScript(code: string): Promise<string> {
  const options = { loader: "ts", tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } } as const;
  const { code: plain } = await transform(code, options);
  return plain.replace(/^import (.*) from (".*");$/gm, (_line, clause: string, module: string) => {
    const [, fallback, names = ""] = /^(\w+)?,? ?(?:\{(.*)\})?$/.exec(clause) ?? [];
    const members = [...(fallback ? [`default: ${fallback}`] : []), names.replaceAll(" as ", ": ")];
    return `const { ${members.join(", ")} } = await load(${module});`;
  });
}

/**
 * Runs code of the README.
 *
 * @param given the values of names that the code does not declare itself
 * @param modules what it may import
 * @returns what it printed, line by line
 */
export async function runBlock(
  code: string,
  given: Readonly<Record<string, unknown>>,
  modules: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<string[]> {
  const printed: string[] = [];
  const log = (...what: unknown[]) => void printed.push(format(...what));
  const load = (name: string) => {
    const module = modules[name];
    if (!module) throw new Error(`${name} is not among the modules of this test.`);
    return module();
  };
  const names = { ...given, console: { log }, load };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await AsyncFunction(...Object.keys(names), await toScript(code))(...Object.values(names));
  return printed;
}
