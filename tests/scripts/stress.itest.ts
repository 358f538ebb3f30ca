import { expect, test } from "vitest";
import { addScripts, createTree, runScript } from "./support.ts";

const property = (body: string) => `import fc from "fast-check";
  import { expect, test } from "vitest";
  ${body}`;

test("each property runs as often as asked for, and a failure is printed with its seed", async () => {
  const root = createTree({
    "packages/a/package.json": {},
    "packages/a/test/counted.test.ts": property(`
      test("counted", async () => {
        let runs = 0;
        fc.assert(fc.property(fc.nat(), () => { runs += 1; }), { numRuns: 7 });
        await fc.assert(fc.asyncProperty(fc.nat(), async () => { runs += 1; }));
        expect(runs).toBe(3 * 107);
      });`),
    "packages/a/test/wrong.test.ts": property(`
      let asserted = 0;
      test("wrong the third time", () => {
        fc.assert(fc.property(fc.nat(), (n) => { asserted += 1; expect(asserted).toBeLessThan(250); }));
      });`),
    "packages/a/test/without.test.ts": 'throw new Error("it has no property");',
  });
  addScripts(root);
  const { code, output } = await runScript(`${root}/scripts/stress-properties.mjs`, "--runs", "3");
  expect(output).toMatch(/^ok {4} +\d+ s {2}packages\/a\/test\/counted\.test\.ts$/m);
  expect(output).toMatch(/^FAIL {2} +\d+ s {2}packages\/a\/test\/wrong\.test\.ts$/m);
  expect(output).toMatch(/seed: -?\d+/);
  expect(output).toContain("1 passed, 1 failed: 3 runs of each property.");
  expect(output).not.toContain("without.test.ts");
  expect(code).toBe(1);
  const none = await runScript(`${root}/scripts/stress-properties.mjs`, "no-such-file");
  expect(none.code).toBe(1);
});
