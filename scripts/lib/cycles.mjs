/** @typedef {ReadonlyMap<string, readonly string[]>} ImportGraph the files that each file imports */

/**
 * Finds the import cycles among files. Files that all reach each other (a strongly connected component) count
 * as one cycle, and a shortest one of the component is returned: its files in order, the first one again at the end.
 *
 * @param {ImportGraph} graph
 * @returns {string[][]}
 */
export function findCycles(graph) {
  const files = [...graph.keys()].sort();
  const reached = new Map(files.map((file) => [file, reach(graph, file)]));
  /** @type {string[][]} */
  const cycles = [];
  /** @type {Set<string>} */
  const seen = new Set();
  for (const file of files) {
    if (seen.has(file) || !reached.get(file)?.has(file)) continue;
    const component = files.filter((each) => reached.get(file)?.has(each) && reached.get(each)?.has(file));
    for (const each of component) seen.add(each);
    const candidates = component.map((each) => cycleThrough(each, reached.get(each) ?? new Map()));
    cycles.push(candidates.reduce((best, each) => (each.length < best.length ? each : best)));
  }
  return cycles;
}

/**
 * Searches breadth-first from a file.
 *
 * @param {ImportGraph} graph
 * @param {string} start
 * @returns {Map<string, string>} every file reached, with the file before it on a shortest path; `start` itself
 *   only if it is on a cycle
 */
function reach(graph, start) {
  /** @type {Map<string, string>} */
  const before = new Map();
  const queue = [start];
  for (const file of queue) {
    for (const target of [...(graph.get(file) ?? [])].sort()) {
      if (before.has(target)) continue;
      before.set(target, file);
      queue.push(target);
    }
  }
  return before;
}

/**
 * @param {string} file
 * @param {ReadonlyMap<string, string>} before the result of `reach` for the file
 * @returns {string[]} a shortest cycle that begins and ends with the file
 */
function cycleThrough(file, before) {
  const cycle = [file];
  for (let each = before.get(file); each !== undefined; each = each === file ? undefined : before.get(each)) {
    cycle.unshift(each);
  }
  return cycle;
}
