/** @typedef {import("./dependencies.mjs").Dependency} Dependency */

const START = "<!-- dependencies: `npm run sync` writes all but the reasons -->";
const END = "<!-- dependencies: end -->";
/** The lines around the table. */
export const DEPENDENCIES_MARKERS = [START, END];

const HEAD = [
  "| dependency | of | why | licence | installs | last release |",
  "| --- | --- | --- | --- | --- | --- |",
];

/**
 * @typedef {object} Written what a person or a registry said about a dependency, and the size as it was measured
 * @property {string} reason
 * @property {string} released such as `2026-01-31`; "" when it is not written yet
 * @property {string} installs
 */

/**
 * Reads the table; undefined when the markers are missing.
 *
 * @param {string} text
 * @returns {Map<string, Written> | undefined} by the names of the dependencies
 */
export function readDependenciesTable(text) {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start === -1 || end < start) return undefined;
  const rows = text
    .slice(start, end)
    .split("\n")
    .flatMap((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      const name = /^`(.+)`/.exec(cells[1] ?? "")?.[1];
      const [, , , reason = "", , installs = "", released = ""] = cells;
      return name === undefined ? [] : [/** @type {const} */ ([name, { reason, installs, released }])];
    });
  return new Map(rows);
}

/**
 * Returns a size that was written, unless it is more than a tenth off: another platform installs other binaries.
 *
 * @param {Dependency} dependency
 * @param {string} written
 */
function sizeOf({ megabytes, packages }, written) {
  const [, before, count] = /^([\d.]+) MB in (\d+)$/.exec(written) ?? [];
  const near = Math.abs(Number(before) - megabytes) <= Math.max(megabytes / 10, 0.05);
  return near && Number(count) === packages
    ? written
    : `${megabytes.toFixed(megabytes < 0.1 ? 2 : 1)} MB in ${packages}`;
}

/**
 * Returns the text with the current table.
 *
 * @param {string} text with the markers
 * @param {readonly Dependency[]} dependencies
 * @param {ReadonlyMap<string, string>} [releases] the dates of the last releases, where they were asked for
 */
export function withDependenciesTable(text, dependencies, releases = new Map()) {
  const written = readDependenciesTable(text);
  const rows = dependencies.map((dependency) => {
    const { name, version, licence, users } = dependency;
    const { reason = "", installs = "", released = "" } = written?.get(name) ?? {};
    const cells = [
      `\`${name}\` ${version}`,
      users.join(", "),
      reason,
      licence,
      sizeOf(dependency, installs),
      releases.get(name) ?? released,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const [before, after] = [text.slice(0, text.indexOf(START) + START.length), text.slice(text.indexOf(END))];
  return `${before}\n\n${[...HEAD, ...rows].join("\n")}\n\n${after}`;
}

/**
 * The rows that a person has to complete.
 *
 * @param {string} text
 * @returns {string[]} problems
 */
export function incompleteRows(text) {
  return [...(readDependenciesTable(text) ?? [])].flatMap(([name, { reason, released }]) => [
    ...(reason === "" ? [`${name}: the table has no reason for it.`] : []),
    ...(/^\d{4}-\d\d-\d\d$/.test(released)
      ? []
      : [`${name}: the date of its last release is missing; npm run sync -- --releases asks for it.`]),
  ]);
}
