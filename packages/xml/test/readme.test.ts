import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const folder = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", folder), "utf8");

it.each(["src/mod.ts", "src/reader.ts"])("names every export of %s", async (file) => {
  const source = await readFile(new URL(file, folder), "utf8");
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)];
  const names = lists.flatMap(([, list = ""]) => list.replaceAll("type ", "").match(/\w+/g) ?? []);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(readme))).toEqual([]);
});
