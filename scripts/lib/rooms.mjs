import { ROOMS } from "./arrow-rules.mjs";

/** The entry of a package, which names exports from every room. */
const ENTRY = "src/mod.ts";

/**
 * @typedef {object} Found
 * @property {import("./arrow-rules.mjs").Room} room
 * @property {number} rank
 */

/**
 * @param {string} folder such as `packages/service`
 * @param {string} file such as `src/mod.ts`
 * @returns {Found | undefined}
 */
function findRoom(folder, file) {
  const ranks = ROOMS[folder] ?? [];
  for (const [rank, rooms] of ranks.entries()) {
    const room = rooms.find(({ files }) => files.test(file));
    if (room) return { room, rank };
  }
  return undefined;
}

/**
 * Returns true if a package has rooms and a source file of it is in none of them.
 *
 * @param {string} folder
 * @param {string} file
 */
export const hasNoRoom = (folder, file) => folder in ROOMS && !findRoom(folder, file);

/**
 * The reason why the rooms of a package forbid an import between two of its files; undefined if they allow it.
 *
 * @param {string} folder
 * @param {string} file
 * @param {string} target the file that it imports
 */
export function refusedByRooms(folder, file, target) {
  if (file === ENTRY) return undefined;
  const from = findRoom(folder, file);
  const to = findRoom(folder, target);
  if (!from || !to || from.room === to.room) return undefined;
  const { name, never = [] } = from.room;
  if (to.rank > from.rank && !never.includes(to.room.name)) return undefined;
  const allowed = (ROOMS[folder] ?? [])
    .slice(from.rank + 1)
    .flat()
    .map((room) => room.name)
    .filter((each) => !never.includes(each));
  return `${name} may import ${["only itself", ...allowed].join(", ")}, not ${to.room.name}`;
}
