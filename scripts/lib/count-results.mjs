/**
 * Counts the tests in a report of vitest's JSON reporter. A file that fails without a failed test (it does not
 * load, or a hook outside its tests throws) counts as one failure.
 *
 * @param {{ testResults?: Array<{ name: string, status: string, assertionResults: Array<{ fullName: string, status: string }> }> }} report
 * @returns {{ passed: number, failed: number, skipped: number, skippedNames: string[] }}
 */
export function countResults(report) {
  const counts = { passed: 0, failed: 0, skipped: 0, skippedNames: /** @type {string[]} */ ([]) };
  for (const file of report.testResults ?? []) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") counts.passed += 1;
      else if (test.status === "failed") failedHere += 1;
      else {
        counts.skipped += 1;
        counts.skippedNames.push(test.fullName);
      }
    }
    counts.failed += file.status === "failed" ? Math.max(failedHere, 1) : failedHere;
  }
  return counts;
}
