/** @param {string} version */
const numbers = (version) => /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number);

/**
 * Returns true if a version satisfies a range of the form `^1.2.3` or `1.2.3`. Other forms are not used between our
 * packages, and are never satisfied.
 *
 * @param {string} version
 * @param {string} range
 */
export function satisfies(version, range) {
  if (range === version || range === `^${version}`) return true;
  const have = numbers(version);
  const lowest = range.startsWith("^") ? numbers(range.slice(1)) : undefined;
  if (!have || !lowest) return false;
  // A caret fixes the numbers up to and including the first that is not 0.
  const firstNonZero = lowest.findIndex((part) => part !== 0);
  const fixed = firstNonZero === -1 ? 3 : firstNonZero + 1;
  const differs = have.findIndex((part, at) => part !== lowest[at]);
  return (
    differs === -1 ||
    (differs >= fixed && /** @type {number} */ (have[differs]) > /** @type {number} */ (lowest[differs]))
  );
}
