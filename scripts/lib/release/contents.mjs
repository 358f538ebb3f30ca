/** @typedef {import("../registry.mjs").Packed} Packed */

/** All that a package publishes: no test, no configuration, nothing of this machine. */
const PUBLISHED = /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|(?:dist|src|bin)\/.+)$/;
const NEVER = /(?:^|\/)(?:test|tests|node_modules|\.\w+)\/|\.(?:test|itest)\.|\.tsbuildinfo$|\.log$/;

/**
 * Checks what the tarballs contain.
 *
 * @param {readonly Packed[]} packed
 * @returns {string[]} problems
 */
export function checkContents(packed) {
  return packed.flatMap(({ name, files }) => [
    ...files
      .filter((file) => !PUBLISHED.test(file) || NEVER.test(file))
      .map((file) => `${name} would publish ${file}.`),
    ...["package.json", "README.md", "LICENSE"]
      .filter((file) => !files.includes(file))
      .map((file) => `${name} has no ${file}.`),
    ...(files.some((file) => file.startsWith("dist/")) ? [] : [`${name} is not built.`]),
  ]);
}
