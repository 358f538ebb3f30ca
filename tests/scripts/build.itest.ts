import { expect, test } from "vitest";
import { addScripts, createTree, type Files, runScript } from "./support.ts";

const pack = (name: string, build: string, dependencies: object = {}) => ({
  name: `@handlekit/${name}`,
  version: "0.0.0",
  scripts: { build },
  dependencies,
});

const GOOD: Files = {
  "package.json": {
    name: "root",
    private: true,
    workspaces: ["packages/*"],
    packageManager: "npm@11.0.0",
  },
  "package-lock.json": { name: "root", lockfileVersion: 3, packages: {} },
  "turbo.json": { tasks: { build: { dependsOn: ["^build"] } } },
  ".gitignore": "node_modules\n.turbo\n",
  "packages/a/package.json": pack("a", "echo a-built"),
  "packages/b/package.json": pack("b", "echo b-built", { "@handlekit/a": "0.0.0" }),
};

const build = async (changes: Files = {}) => {
  const root = createTree({ ...GOOD, ...changes });
  addScripts(root);
  const first = await runScript(`${root}/scripts/build.mjs`);
  return { ...first, again: () => runScript(`${root}/scripts/build.mjs`) };
};

test("each package that is built has a line, and nothing else is printed", async () => {
  const { code, output, again } = await build();
  expect(output).toBe("building @handlekit/a\nbuilding @handlekit/b\n");
  expect(code).toBe(0);
  expect(await again()).toEqual({ code: 0, output: "" });
});

test("the output of a package that fails is printed, and the end names it", async () => {
  const { code, output } = await build({
    "packages/b/package.json": pack("b", "echo what is wrong && exit 3", { "@handlekit/a": "0.0.0" }),
  });
  expect(output).toContain("building @handlekit/b\n");
  expect(output).toMatch(/^what is wrong$/m);
  expect(output).not.toContain("a-built");
  expect(output).toMatch(/The build failed: @handlekit\/b#build\.\n$/);
  expect(code).toBe(3);
});

test("the output of turbo is printed when it cannot start", async () => {
  const { code, output } = await build({ "turbo.json": "{" });
  expect(output).toContain("turbo.json");
  expect(output).toContain("The build failed: turbo ended with 1.");
  expect(code).toBe(1);
});
