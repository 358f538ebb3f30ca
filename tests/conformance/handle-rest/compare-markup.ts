import type { Difference } from "./rules.ts";

function sortAttributes(element: string): string {
  const [, name = "", attributes = "", end = ""] = /^<(\/?[\w:]+)([^>]*?)\s*(\/?)>$/.exec(element) ?? [];
  const sorted = [...attributes.matchAll(/[\w:-]+="[^"]*"/g)].map(([text]) => text).sort();
  return `<${[name, ...sorted].join(" ")}${end}>`;
}

function canonical(xml: string): string {
  return xml
    .replace(/>\s+</g, "><")
    .trim()
    .replace(/<[^>]*>/g, sortAttributes);
}

/** Compares XML: elements in order, attributes in any order, no space between elements. */
export function compareMarkup(expected: string, got: string): readonly Difference[] {
  const [left, right] = [canonical(expected), canonical(got)];
  return left === right ? [] : [{ field: "body", expected: left, got: right }];
}

/**
 * Where the recorded pages show the handle they are about, the address they lead to (both escaped already), or the
 * field to write a handle into.
 */
const SHOWN = [
  /Handle Values for: (.*?)</,
  /<b><i>(.*?)<\/i>/,
  /<body><a href=".*?">(.*?)<\/a>/,
  /(?<=<input[^>]* )(name="hdl")/,
];

/** Pages are our own; each must show what the recorded one shows. */
export function comparePages(expected: string, got: string): readonly Difference[] {
  return SHOWN.flatMap((pattern) => pattern.exec(expected)?.slice(1) ?? [])
    .filter((shown) => !got.includes(shown))
    .map((shown) => ({ field: "body", expected: `shows ${shown}`, got }));
}
