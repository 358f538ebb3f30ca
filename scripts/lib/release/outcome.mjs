/**
 * The result of a step that has found some problems, or none.
 *
 * @param {readonly string[]} problems
 * @param {string} note what was done, if there are none
 */
export const outcome = (problems, note) =>
  problems.length === 0
    ? { state: /** @type {const} */ ("ok"), note }
    : {
        state: /** @type {const} */ ("FAILED"),
        note: `${problems.length} problems`,
        output: problems.join("\n\n"),
      };
