import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTree, type Files, runScript } from "./support.ts";

const START = "<!-- dependencies: `npm run sync` writes all but the reasons -->";
const END = "<!-- dependencies: end -->";
const HEAD = [
  "| dependency | of | why | licence | installs | last release |",
  "| --- | --- | --- | --- | --- | --- |",
];
const SAX = "| `sax` 1.2.3 | xml, apps/cli | reads XML | ISC | 2.0 MB in 2 | 2026-01-31 |";
const SQL = "| `sql` 4.0.0 | store (optional) | a database | MIT | 0.1 MB in 1 | 2025-12-01 |";
const document = (...rows: readonly string[]) =>
  ["# Dependencies", "", START, "", ...HEAD, ...rows, "", END, "", "The end.", ""].join("\n");

const TREE: Files = {
  "package-lock.json": {
    packages: {
      "node_modules/sax": { version: "1.2.3", license: "ISC" },
      "node_modules/sql": { version: "4.0.0", license: "MIT" },
    },
  },
  "packages/core/package.json": { name: "@handlekit/core" },
  "packages/xml/package.json": {
    name: "@handlekit/xml",
    dependencies: { "@handlekit/core": "^0.0.0", sax: "^1.0.0" },
  },
  "packages/store/package.json": {
    name: "@handlekit/store",
    peerDependencies: { sql: "^4.0.0" },
    peerDependenciesMeta: { sql: { optional: true } },
    devDependencies: { unlisted: "1" },
  },
  "apps/cli/package.json": { name: "@handlekit/cli", dependencies: { sax: "^1.0.0" } },
  "node_modules/sax/package.json": { name: "sax", version: "1.2.3", dependencies: { chars: "1" } },
  "node_modules/sax/main.js": "x".repeat(1_000_000),
  "node_modules/chars/package.json": { name: "chars" },
  "node_modules/chars/main.js": "x".repeat(1_000_000),
  "node_modules/sql/package.json": { name: "sql", version: "4.0.0" },
  "node_modules/sql/main.js": "x".repeat(100_000),
};

const tree = (text: string, more: Files = {}) =>
  createTree({ ...TREE, "docs/dependencies.md": text, ...more });
const check = (root: string) => runScript("sync-dependencies.mjs", "--check", root);

test("a table that is right passes, also with sizes that another platform has", async () => {
  const { code, output } = await check(tree(document(SAX.replace("2.0 MB", "1.9 MB"), SQL)));
  expect(output).toBe("docs/dependencies.md: its 2 dependencies are those of the packages.\n");
  expect(code).toBe(0);
});

test.each([
  ["a dependency that is not in it", document(SAX), "sql: the table has no reason for it."],
  ["one that nobody has any more", document(SAX, SQL, SQL.replaceAll("sql", "old")), "it has "],
  ["another version", document(SAX.replace("1.2.3", "1.2.2"), SQL), "`sax` 1.2.3"],
  ["another user", document(SAX.replace(", apps/cli", ""), SQL), "xml, apps/cli"],
  ["one that is optional", document(SAX, SQL.replace(" (optional)", "")), "store (optional)"],
  ["another licence", document(SAX.replace("ISC", "MIT"), SQL), "| ISC |"],
  ["another size", document(SAX.replace("2.0 MB", "1.7 MB"), SQL), "2.0 MB in 2"],
  ["another number of packages", document(SAX.replace("in 2", "in 1"), SQL), "2.0 MB in 2"],
  ["one without a reason", document(SAX.replace("reads XML", ""), SQL), "sax: the table has no reason"],
  ["one without a date", document(SAX.replace("2026-01-31", ""), SQL), "sax: the date of its last release"],
  ["no markers", "# Dependencies\n", "the table has no markers"],
])("%s is found", async (_, text, message) => {
  const { code, output } = await check(tree(text));
  expect(output).toContain(message);
  expect(code).toBe(1);
});

test("what can be derived is written, and reasons and dates stay", async () => {
  const root = tree(document("| `sax` 0.1.0 | x | reads XML | ? | ? | 2026-01-31 |", SQL));
  expect((await runScript("sync-dependencies.mjs", root)).code).toBe(0);
  expect(readFileSync(join(root, "docs/dependencies.md"), "utf8")).toBe(document(SAX, SQL));
});

test("a dependency that is not installed is an error", async () => {
  const root = tree(document(SAX, SQL), {
    "packages/more/package.json": { name: "@handlekit/more", dependencies: { absent: "1" } },
  });
  const { code, output } = await check(root);
  expect(output).toContain("absent, which packages/more needs, is not installed");
  expect(code).toBe(1);
});
