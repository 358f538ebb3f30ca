import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { settingNames } from "../src/settings.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

it.each(settingNames())("lists the setting $name", ({ name, flag, variable, description, defaultText }) => {
  const value = defaultText === "none" ? "none" : `\`${defaultText}\``;
  const row = `| \`${flag}\` | \`${variable}\` | \`${name}\` | ${value} | ${description} |`;
  expect(readme.split("\n")).toContain(row);
});
