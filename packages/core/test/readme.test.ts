import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const folder = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", folder), "utf8");

it.each([
  ["src/mod.ts", 5],
  ["src/store/mod.ts", 5],
  ["src/batch/mod.ts", 10],
  ["src/export/mod.ts", 10],
  ["src/journal.ts", 3],
  ["src/journal-file.ts", 4],
])("names every export of %s", async (file, more) => {
  const source = await readFile(new URL(file, folder), "utf8");
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = ""]) =>
    list.split(","),
  );
  const own = [...source.matchAll(/^export (?:type|interface|(?:async )?function|const) (\w+)/gm)].map(
    ([, name = ""]) => name,
  );
  const names = [...lists.map((name) => name.replace(/^\s*type\s/, "").trim()), ...own].filter(
    (name) => name !== "",
  );
  expect(names.length).toBeGreaterThan(more);
  expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(readme))).toEqual([]);
});
