/**
 * Where two texts begin to differ, for a message: the line and both versions of it.
 *
 * @param {string} before
 * @param {string} after
 */
export function firstDifference(before, after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const at = now.findIndex((line, index) => line !== old[index]);
  const line = at === -1 ? now.length : at;
  return `${line + 1}: it has ${show(old[line])}, the sources have ${show(now[line])}`;
}

/** @param {string | undefined} line */
const show = (line) => (line === undefined ? "no such line" : JSON.stringify(line.trim()));
