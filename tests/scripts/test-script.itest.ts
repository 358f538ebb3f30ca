import { expect, test } from "vitest";
import { createTree, loadLibrary, runScript } from "./support.ts";

const FINE = `
  test("passes", () => expect(process.env.HANDLEKIT_TEST_OUTPUT).toBeTruthy());
  test.skip("is left for later", () => {});
`;
// Put together when it runs: this text must not hold the project's canary.
const LEAKING = `
  import { writeFileSync } from "node:fs";
  import { join } from "node:path";
  const secret = ["S3CR", "3T-e2e"].join("");
  test("leaks", () => {
    console.log("the password is", secret);
    writeFileSync(join(process.env.HANDLEKIT_TEST_OUTPUT, "server.log"), "started\\npassword " + secret + "\\n");
  });
`;

const runTests = (files: Record<string, string>, ...args: readonly string[]) =>
  runScript("test.mjs", "--root", createTree(files), "--globals", ...args);

test("the tests are counted, the skipped ones named, and the runtimes not run named", async () => {
  const { code, output } = await runTests({ "a.test.js": FINE });
  const lines = output.split("\n");
  expect(lines).toContain("1 passed, 0 failed, 1 skipped");
  expect(lines).toContain("  is left for later");
  expect(lines).toContain("Not run here: Deno, Bun (npm run check runs them)");
  expect(code).toBe(0);
});

test("a leak fails the run, and says where without showing it", async () => {
  const { code, output } = await runTests({ "a.test.js": FINE, "b.test.js": LEAKING });
  expect(code).toBe(1);
  expect(output).toMatch(/^ {2}stdout line \d+, as text: the password is \[canary\]$/m);
  expect(output).toMatch(/server\.log line 2, as text: password \[canary\]$/m);
  expect(output).not.toContain("-e2e");
  expect(output.split("\n")).toContain("2 passed, 0 failed, 1 skipped");
});

test("a failure fails the run, and so does a file that does not load", async () => {
  const { code, output } = await runTests({
    "a.test.js": 'test("fails", () => expect(1).toBe(2));',
    "b.test.js": 'import "./nowhere.js"; test("never", () => {});',
  });
  expect(code).toBe(1);
  expect(output.split("\n")).toContain("0 passed, 2 failed, 0 skipped");
});

test("a run of no test fails", async () => {
  const { code, output } = await runTests({ "a.test.js": FINE }, "-t", "a name that no test has");
  expect(code).toBe(1);
  expect(output).toContain("No test ran.");
  expect(output.split("\n")).toContain("0 passed, 0 failed, 2 skipped");
});

test("an empty run fails", async () => {
  const { code, output } = await runTests({ "readme.txt": "no tests" }, "--passWithNoTests");
  expect(code).toBe(1);
  expect(output.split("\n")).toContain("0 passed, 0 failed, 0 skipped");
});

test("statuses are counted as vitest's report has them", async () => {
  const { countResults } = await loadLibrary<{ countResults(report: unknown): unknown }>("count-results.mjs");
  const tests = ["passed", "failed", "skipped", "pending", "todo", "disabled"].map((status) => ({
    fullName: `is ${status}`,
    status,
  }));
  const report = {
    testResults: [
      { name: "a", status: "failed", assertionResults: tests },
      { name: "b", status: "failed", assertionResults: [] },
      { name: "c", status: "passed", assertionResults: [] },
    ],
  };
  expect(countResults(report)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 4,
    skippedNames: ["is skipped", "is pending", "is todo", "is disabled"],
  });
});
