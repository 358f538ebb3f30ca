import { ARROWS } from "./arrow-rules.mjs";
import { listWorkspaces } from "./workspaces.mjs";

const START = "<!-- arrows: written by `npm run sync` from scripts/lib/arrow-rules.mjs -->";
const END = "<!-- arrows: end -->";

/** @param {string} name such as `packages/core` or `@handlekit/core` */
const short = (name) => name.replace(/^(packages|@handlekit)\//, "");

/**
 * The literal beginning of a pattern of files: `src/ardc` of `/^src\/ardc(\.ts$|\/)/`.
 *
 * @param {RegExp} pattern
 */
const beginning = ({ source }) => /^\^((?:\\\/|[\w-])+)/.exec(source)?.[1]?.replaceAll("\\/", "/") ?? source;

/**
 * Returns the table of the imports that are allowed, for the packages that exist.
 *
 * @param {string} root
 */
export function arrowsTable(root) {
  const folders = new Set(listWorkspaces(root).map(({ folder }) => folder));
  const rows = Object.entries(ARROWS)
    .filter(([folder]) => folders.has(folder))
    .map(([folder, { imports, onlyFrom = {} }]) => {
      const names = imports.map((name) => {
        const files = onlyFrom[name];
        return files ? `${short(name)} (only \`${beginning(files)}\`)` : short(name);
      });
      return `| \`${short(folder)}\` | ${names.join(", ") || "nothing"} |`;
    });
  return ["| package | may import |", "| --- | --- |", ...rows].join("\n");
}

/**
 * Returns a text with the current table between its two marker comments; undefined when the markers are missing.
 *
 * @param {string} text
 * @param {string} root
 */
export function withArrowsTable(text, root) {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start === -1 || end < start) return undefined;
  return `${text.slice(0, start + START.length)}\n\n${arrowsTable(root)}\n\n${text.slice(end)}`;
}

/** The lines around the table. */
export const ARROWS_MARKERS = [START, END];
