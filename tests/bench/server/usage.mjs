import { readFile } from "node:fs/promises";

/**
 * @typedef {object} Usage
 * @property {number} cpu µs since the start, of all threads
 * @property {number} memory bytes that belong to no file, or all resident ones where /proc is not there
 * @property {number} [requests] that were answered, where that is known
 */

/** @param {string} text @param {string} name */
const kilobytes = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024;

/** What this process uses. @returns {Promise<Usage>} */
export async function usage() {
  const { user, system } = process.cpuUsage();
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return { cpu: user + system, memory: kilobytes(status, "RssAnon") || process.memoryUsage.rss() };
}

/** The ticks of a process's times in /proc: 100 a second on every Linux that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/** What another process uses. @param {string} pid @returns {Promise<Usage>} */
export async function usageOf(pid) {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpu: ticks * MICROSECONDS_PER_TICK, memory: kilobytes(status, "RssAnon") };
}
