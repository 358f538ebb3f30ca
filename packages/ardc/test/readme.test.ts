import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const folder = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", folder), "utf8");

it("names every export", async () => {
  const source = await readFile(new URL("src/mod.ts", folder), "utf8");
  const names = [...source.matchAll(/\{([^}]*)\}/g)].flatMap(
    ([, list = ""]) => list.replace(/\btype\b/g, "").match(/\w+/g) ?? [],
  );
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(readme))).toEqual([]);
});
