import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "handlekit-credentials-"));
const bundle = join(folder, "parse.mjs");

// This tests the built package; npm test builds it before.
beforeAll(() => {
  expect(existsSync(join(here, "../dist/mod.js"))).toBe(true);
  buildSync({
    stdin: {
      contents: `
        import { parseCredentials } from "@handlekit/credentials";
        console.log(parseCredentials('{"prefix": "21.1"}').prefix);
      `,
      resolveDir: here,
    },
    outfile: bundle,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("runs when a bundler for Node includes all dependencies", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [bundle], { encoding: "utf8", cwd: folder });
  expect([stdout, stderr]).toEqual(["21.1\n", ""]);
});

it("carries the licence of the parser that is built in", () => {
  const text = readFileSync(bundle, "utf8");
  expect(text).toContain("Copyright (c) Microsoft");
  expect(text).toContain("The above copyright notice and this permission notice shall be included");
});
