import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTree, type Files, runScript } from "./support.ts";

const DOC = "docs/architecture.md";
const START = "<!-- arrows: written by `npm run sync` from scripts/lib/arrow-rules.mjs -->";
const END = "<!-- arrows: end -->";

const GOOD: Files = {
  "packages/core/package.json": {},
  "packages/auth/package.json": {},
  "packages/store-sqlite/package.json": {},
  "packages/new/package.json": {},
  "apps/server/package.json": {},
  [DOC]: `# Layout\n\n${START}\nold\n${END}\n\nAnd more.\n`,
};

test("the table has a row for each package that exists, in the order of the rules", async () => {
  const root = createTree(GOOD);
  const before = await runScript("sync-arrows.mjs", "--check", root);
  expect(before.output).toContain(`${DOC}:4: it has "old", the sources have "";`);
  expect(before.code).toBe(1);
  expect(await runScript("sync-arrows.mjs", root)).toEqual({ code: 0, output: `${DOC}: written.\n` });
  const table = `| package | may import |
| --- | --- |
| \`core\` | nothing |
| \`auth\` | core, xml (only \`src/ardc\`) |
| \`store-sqlite\` | core |
| \`apps/server\` | core, credentials, auth, keys, service, store-* |`;
  expect(readFileSync(join(root, DOC), "utf8")).toBe(
    `# Layout\n\n${START}\n\n${table}\n\n${END}\n\nAnd more.\n`,
  );
  expect((await runScript("sync-arrows.mjs", "--check", root)).code).toBe(0);
});

test("a table that was edited by hand is refused, and so is one without its markers", async () => {
  const root = createTree(GOOD);
  await runScript("sync-arrows.mjs", root);
  const file = join(root, DOC);
  writeFileSync(file, readFileSync(file, "utf8").replace("| nothing |", "| everything |"));
  const edited = await runScript("sync-arrows.mjs", "--check", root);
  expect(edited.output).toContain("npm run sync writes it.");
  expect(edited.code).toBe(1);
  writeFileSync(file, "# Layout\n");
  const bare = await runScript("sync-arrows.mjs", root);
  expect(bare.output).toContain("has no markers");
  expect(bare.code).toBe(1);
});
