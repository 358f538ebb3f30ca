import { readdirSync, readFileSync } from "node:fs";

/** @returns {Map<number, number>} the parent of every running process */
function parents() {
  /** @type {Map<number, number>} */
  const found = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // "pid (command) state parent …": the command may contain spaces and brackets.
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      found.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended.
    }
  }
  return found;
}

/**
 * Updates a set of processes: adds their descendants and removes those that have ended.
 * A process whose parent has ended stays.
 *
 * @param {Set<number>} known process ids
 */
export function updateDescendants(known) {
  const running = [...parents()];
  for (const pid of known) for (const [child, parent] of running) if (parent === pid) known.add(child);
  const alive = new Set(running.map(([pid]) => pid));
  for (const pid of known) if (!alive.has(pid)) known.delete(pid);
}

/**
 * @param {number} pid
 * @returns {string[]} the argument list, empty when the process has ended
 */
export function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}
