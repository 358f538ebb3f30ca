import { expect, test } from "vitest";
import { loadLibrary, runScript } from "./support.ts";

interface Packed {
  readonly name: string;
  readonly files: readonly string[];
}

const { checkContents } = await loadLibrary<{ checkContents(packed: readonly Packed[]): string[] }>(
  "release/contents.mjs",
);
const { installLinesOf } = await loadLibrary<{ installLinesOf(text: string): string[] }>(
  "release/installation.mjs",
);
const block = (language: string, ...lines: readonly string[]) =>
  `\`\`\`${language}\n${lines.join("\n")}\n\`\`\`\n`;

test("the steps are listed, and another one is an error", async () => {
  const { code, output } = await runScript("release-check.mjs", "--list");
  expect(output).toMatch(/^check +npm run check$/m);
  expect(output).toMatch(/^pnpm, READMEs +/m);
  expect(code).toBe(0);
  const wrong = await runScript("release-check.mjs", "checks");
  expect(wrong.output).toBe("No such step: checks. node scripts/release-check.mjs --list names them.\n");
  expect(wrong.code).toBe(2);
});

test("a tarball has what is built and its sources, and nothing else", () => {
  const files = ["package.json", "README.md", "LICENSE", "dist/mod.js", "src/mod.ts"];
  expect(checkContents([{ name: "a", files }])).toEqual([]);
  const more = ["test/a.ts", "src/a.test.ts", "dist/.cache/x", "tsup.config.ts", ".npmrc"];
  expect(checkContents([{ name: "a", files: [...files, ...more] }])).toEqual(
    more.map((file) => `a would publish ${file}.`),
  );
  expect(checkContents([{ name: "b", files: ["package.json", "src/mod.ts"] }])).toEqual([
    "b has no README.md.",
    "b has no LICENSE.",
    "b is not built.",
  ]);
});

test("the packages of the install lines of a README are found, with their versions", () => {
  const text = [
    block("sh", "npm install a @b/c@2   # Deno: deno add npm:a", "npm install --global d"),
    block("sh", "npm install --save-dev e@1 a"),
  ].join("\n");
  expect(installLinesOf(text)).toEqual(["a", "@b/c@2", "e@1"]);
});
