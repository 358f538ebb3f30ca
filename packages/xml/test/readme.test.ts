import { readFile } from "node:fs/promises";
import { format } from "node:util";
import * as xml from "@handlekit/xml";
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

it("has an example that runs and prints what it says", async () => {
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const printed: string[] = [];
  const body = example.replace(/^import (.*) from "@handlekit\/xml";$/m, "const $1 = xml;");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const log = (...what: unknown[]) => printed.push(format(...what));
  await AsyncFunction("xml", "console", body)(xml, { log });
  expect(printed).toEqual([...example.matchAll(/\); \/\/ (.*)$/gm)].map(([, said]) => said));
  expect(printed).toHaveLength(2);
});
