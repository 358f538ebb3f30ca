import { attributeText } from "./write-xml.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>';

/** One attribute with the space before it; `where` names it in an error. */
export function attribute(name: string, value: string, where: string): string {
  return ` ${name}="${attributeText(value, where)}"`;
}

/** An element: its attributes as they are written, the lines inside of it, and what each of those begins with. */
export function elementLines(
  name: string,
  attributes: string,
  lines: readonly string[],
  indent: string,
): string[] {
  if (lines.length === 0) return [`<${name}${attributes}/>`];
  return [`<${name}${attributes}>`, ...lines.map((line) => `${indent}${line}`), `</${name}>`];
}

/** The document of an element. */
export function documentOf(lines: readonly string[]): string {
  return `${[DECLARATION, ...lines].join("\n")}\n`;
}
