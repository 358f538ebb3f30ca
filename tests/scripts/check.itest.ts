import { expect, test } from "vitest";
import { addScripts, createTree, type Files, runScript } from "./support.ts";

const GOOD: Files = {
  "package.json": { name: "root", version: "0.0.0", private: true, workspaces: ["packages/*"] },
  "package-lock.json": {},
  ".changeset/config.json": { changelog: false, commit: false, access: "public", baseBranch: "main" },
  "packages/core/package.json": { name: "@handlekit/core", version: "0.0.0" },
  "packages/core/src/mod.ts": "export const a = 1;",
  "docs/architecture.md": [
    "<!-- arrows: written by `npm run sync` from scripts/lib/arrow-rules.mjs -->",
    "",
    "| package | may import |",
    "| --- | --- |",
    "| `core` | nothing |",
    "",
    "<!-- arrows: end -->",
  ].join("\n"),
};

const check = (changes: Files, ...args: readonly string[]) => {
  const root = createTree({ ...GOOD, ...changes });
  addScripts(root);
  return runScript(`${root}/scripts/check.mjs`, ...args);
};

test("the steps are listed", async () => {
  const { code, output } = await check({}, "--list");
  const names = output
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  expect(names.sort()).toEqual([
    "api",
    "arrows",
    "build",
    "changeset",
    "deno",
    "dependencies",
    "docs",
    "leftovers",
    "lint",
    "manifests",
    "package",
    "readmes",
    "runtimes",
    "sizes",
    "types",
    "unused",
    "workflows",
  ]);
  expect(code).toBe(0);
});

test("an unknown step is an error", async () => {
  const { code, output } = await check({}, "arrows", "arrow");
  expect(output).toBe("No such step: arrow. node scripts/check.mjs --list names them.\n");
  expect(code).toBe(2);
});

test("a step that succeeds prints one line", async () => {
  const { code, output } = await check({}, "arrows", "changeset");
  expect(output).toMatch(/^ok {3}arrows {4} .* s$/m);
  expect(output).toMatch(/^ok {3}changeset .* s$/m);
  expect(output).toMatch(/^All good in \d+ s\.$/m);
  expect(output.trim().split("\n")).toHaveLength(3);
  expect(code).toBe(0);
});

test("a step that fails prints its output, the others still run, and the last line names it", async () => {
  const wrong = { "packages/core/src/mod.ts": "export default 1;" };
  const { code, output } = await check(wrong, "arrows", "changeset");
  expect(output).toMatch(/^FAIL arrows/m);
  expect(output).toContain("packages/core/src/mod.ts:1: default export: give it a name.");
  expect(output).toMatch(/^ok {3}changeset/m);
  expect(output).toMatch(/^Failed: arrows \(\d+ s\)\.$/m);
  expect(code).toBe(1);
});

test("an edited table of imports fails the arrows", async () => {
  const { code, output } = await check({ "docs/architecture.md": "# Layout\n" }, "arrows");
  expect(output).toContain("docs/architecture.md: the table of imports has no markers");
  expect(code).toBe(1);
});

test.each<[string, Files, string]>([
  [
    "a changeset of an unknown package",
    { ".changeset/a.md": '---\n"@handlekit/nothing": minor\n---\n\nText.\n' },
    "@handlekit/nothing",
  ],
  ["an invalid configuration", { ".changeset/config.json": { access: "secret" } }, "access"],
])("%s fails the step", async (_, changes, message) => {
  const { code, output } = await check(changes, "changeset");
  expect(output).toMatch(/^FAIL changeset/m);
  expect(output).toContain(message);
  expect(code).toBe(1);
});
