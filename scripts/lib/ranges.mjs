/** @param {string} version */
const numbers = (version) => /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number);

/**
 * Whether a version is within the range that a package writes for another of ours: `^1.2.3`, or that very
 * version. Other forms of range are not used here and count as not satisfied.
 *
 * @param {string} version
 * @param {string} range
 */
export function satisfies(version, range) {
  if (range === version || range === `^${version}`) return true;
  const have = numbers(version);
  const least = range.startsWith("^") ? numbers(range.slice(1)) : undefined;
  if (!have || !least) return false;
  // A caret holds everything up to and including the first number that is not 0.
  const firstNonZero = least.findIndex((part) => part !== 0);
  const held = firstNonZero === -1 ? 3 : firstNonZero + 1;
  const differs = have.findIndex((part, at) => part !== least[at]);
  return (
    differs === -1 ||
    (differs >= held && /** @type {number} */ (have[differs]) > /** @type {number} */ (least[differs]))
  );
}
