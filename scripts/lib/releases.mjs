import { runCaptured } from "./run-captured.mjs";

/**
 * Asks the registry that npm uses when packages were last released.
 *
 * @param {readonly string[]} names
 * @param {string} cwd
 * @returns {Promise<Map<string, string>>} dates such as `2026-01-31`
 * @throws Error if the registry does not answer, or does not say when
 */
export async function readReleases(names, cwd) {
  const dates = new Map();
  for (const name of names) {
    const { good, output } = await runCaptured(["npm", "view", name, "version", "time", "--json"], { cwd });
    if (!good) throw new Error(`the registry does not answer for ${name}`);
    const { version, time } = JSON.parse(output.slice(output.indexOf("{")));
    if (typeof time?.[version] !== "string")
      throw new Error(`the registry does not say when ${name} was released`);
    dates.set(name, time[version].slice(0, 10));
  }
  return dates;
}
