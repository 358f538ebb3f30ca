import { attributeText } from "../document/write-xml.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>';

/** Writes one attribute with the space before it; `where` names it in an error. */
export function attribute(name: string, value: string, where: string): string {
  return ` ${name}="${attributeText(value, where)}"`;
}

/**
 * Writes an element, one string for each line.
 *
 * @param attributes as they are written
 * @param lines the lines inside of the element
 * @param indent the start of each of those lines
 */
export function elementLines(
  name: string,
  attributes: string,
  lines: readonly string[],
  indent: string,
): string[] {
  if (lines.length === 0) return [`<${name}${attributes}/>`];
  return [`<${name}${attributes}>`, ...lines.map((line) => `${indent}${line}`), `</${name}>`];
}

/** Returns the document whose root element has these lines. */
export function documentOf(lines: readonly string[]): string {
  return `${[DECLARATION, ...lines].join("\n")}\n`;
}
