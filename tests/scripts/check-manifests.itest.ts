import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTree, type Files, loadLibrary, runScript } from "./support.ts";

const entry = (source: string, name: string) => ({
  "@handlekit/source": source,
  types: `./dist/${name}.d.ts`,
  default: `./dist/${name}.js`,
});

const PAGE = "https://github.com/example/kit";
const repository = { type: "git", url: `git+${PAGE}.git` };

const manifest = <More extends object>(name: string, folder: string, more: More) => ({
  name: `@handlekit/${name}`,
  version: "0.2.1",
  description: "Something.",
  license: "Apache-2.0",
  homepage: `${PAGE}/tree/main/${folder}#readme`,
  repository: { ...repository, directory: folder },
  bugs: { url: `${PAGE}/issues` },
  keywords: ["handle-system", name],
  type: "module",
  engines: { node: ">=20.19" },
  sideEffects: false,
  files: ["dist", "src", "README.md", "LICENSE"],
  ...more,
});

const core = manifest("core", "packages/core", {
  exports: {
    ".": entry("./src/mod.ts", "mod"),
    "./store": entry("./src/store.ts", "store"),
    "./package.json": "./package.json",
  },
});
const app = manifest("app", "apps/app", {
  files: ["bin", "dist", "src", "README.md", "LICENSE"],
  bin: { app: "./bin/app.js" },
  exports: { ".": entry("./src/main.ts", "main"), "./package.json": "./package.json" },
  dependencies: { "@handlekit/core": "^0.2.0" },
});
const publish = { include: ["src", "README.md", "LICENSE", "deno.json"] };
const coreDeno = {
  name: "@handlekit/core",
  version: "0.2.1",
  license: "Apache-2.0",
  exports: { ".": "./src/mod.ts", "./store": "./src/store.ts" },
  publish,
};

const GOOD: Files = {
  "package.json": { license: "Apache-2.0", repository, engines: { node: ">=20.19" } },
  "deno.json": { workspace: ["./packages/core", "./apps/app"] },
  "packages/core/package.json": core,
  "packages/core/deno.json": coreDeno,
  "packages/core/tsup.config.ts": 'export default build({ mod: "src/mod.ts", "store": "src/store.ts" });',
  "packages/core/src/mod.ts": "",
  "packages/core/src/store.ts": "",
  "packages/core/README.md": "",
  "packages/core/LICENSE": "",
  "apps/app/package.json": app,
  "apps/app/deno.json": { ...coreDeno, name: "@handlekit/app", exports: "./src/main.ts" },
  "apps/app/tsup.config.ts":
    'export default build({ main: "src/main.ts", worker: "src/worker.ts" }, "node");',
  "apps/app/bin/app.js": 'import "../dist/main.js";',
  "apps/app/src/main.ts": "",
  "apps/app/src/worker.ts": "",
  "apps/app/README.md": "",
  "apps/app/LICENSE": "",
};

interface ManifestsLibrary {
  checkManifests(root: string): { problems: readonly string[] };
}

interface RangesLibrary {
  satisfies(version: string, range: string): boolean;
}

const { checkManifests } = await loadLibrary<ManifestsLibrary>("manifests.mjs");
const { satisfies } = await loadLibrary<RangesLibrary>("ranges.mjs");

const check = (changes: Files = {}) => checkManifests(createTree({ ...GOOD, ...changes })).problems;

test("manifests that agree pass", async () => {
  expect(check()).toEqual([]);
  const { code, output } = await runScript("check-manifests.mjs", createTree(GOOD));
  expect(output).toBe("2 packages: manifests agree.\n");
  expect(code).toBe(0);
});

const packageJson = "packages/core/package.json";
const denoJson = "packages/core/deno.json";
const tsupConfig = "packages/core/tsup.config.ts";
const { ".": dot, ...withoutDot } = core.exports;

test.each<[string, string, unknown, string]>([
  ["another version", denoJson, { ...coreDeno, version: "0.2.0" }, 'version is "0.2.0"; it must be "0.2.1"'],
  ["another name", denoJson, { ...coreDeno, name: "@handlekit/cor" }, "packages/core/deno.json: name is"],
  [
    "other exports",
    denoJson,
    { ...coreDeno, exports: "./src/mod.ts" },
    "packages/core/deno.json: exports is",
  ],
  ["nothing published", denoJson, { ...coreDeno, publish: {} }, "publish.include lacks src"],
  ["no deno.json", denoJson, undefined, "packages/core/deno.json: missing."],
  [
    "an export that Deno lacks",
    packageJson,
    { ...core, exports: withoutDot },
    "packages/core/deno.json: exports is",
  ],
  ["a source that is not there", "packages/core/src/store.ts", undefined, 'no file "./src/store.ts"'],
  [
    "types before the source",
    packageJson,
    { ...core, exports: { ...core.exports, ".": Object.fromEntries(Object.entries(dot).reverse()) } },
    'the order of exports["."]',
  ],
  [
    "types of another entry",
    packageJson,
    { ...core, exports: { ...core.exports, ".": { ...dot, types: "./dist/store.d.ts" } } },
    'exports["."].types is',
  ],
  [
    "an entry that is not built",
    tsupConfig,
    'export default build({ mod: "src/mod.ts" });',
    'entry "store" is undefined',
  ],
  [
    "an entry built from elsewhere",
    tsupConfig,
    'export default build({ mod: "src/store.ts", store: "src/store.ts" });',
    'entry "mod" is "src/store.ts"',
  ],
  [
    "an entry that is not exported",
    tsupConfig,
    'export default build({ mod: "src/mod.ts", store: "src/store.ts", more: "src/mod.ts" });',
    'entry "more" is not exported',
  ],
  ["a configuration of another form", tsupConfig, "export default build(entries);", "not of the form"],
  ["no readme", "packages/core/README.md", undefined, "packages/core/README.md: missing."],
  ["no licence", "packages/core/LICENSE", undefined, "packages/core/LICENSE: missing."],
  ["another licence", packageJson, { ...core, license: "MIT" }, 'license is "MIT"'],
  ["files", packageJson, { ...core, files: ["dist"] }, 'files is ["dist"]'],
  ["engines", packageJson, { ...core, engines: {} }, "engines.node is undefined"],
  ["type", packageJson, { ...core, type: "commonjs" }, 'type is "commonjs"'],
  ["side effects", packageJson, { ...core, sideEffects: true }, "sideEffects is true"],
  [
    "a range out of reach",
    "apps/app/package.json",
    { ...app, dependencies: { "@handlekit/core": "^0.1.0" } },
    "dependencies ask for @handlekit/core ^0.1.0; here it is 0.2.1",
  ],
  [
    "a package that is not ours",
    "apps/app/package.json",
    { ...app, dependencies: { "@handlekit/cor": "^0.2.0" } },
    "here it is not a package",
  ],
  [
    "a command that is not committed",
    "apps/app/package.json",
    { ...app, bin: { app: "./dist/main.js" } },
    'bin app is "./dist/main.js"',
  ],
  ["a command that is not there", "apps/app/bin/app.js", undefined, 'bin app is "./bin/app.js"'],
  [
    "a command that is not built",
    "apps/app/bin/app.js",
    'import "../dist/app.js";',
    'bin app imports "../dist/app.js", which tsup does not build',
  ],
  [
    "a command that is not published",
    "apps/app/package.json",
    { ...app, files: core.files },
    'files is ["dist","src","README.md","LICENSE"]',
  ],
  [
    "another repository",
    packageJson,
    { ...core, repository: { ...core.repository, directory: "packages/x" } },
    "npm run sync writes it",
  ],
  ["no page", packageJson, { ...core, homepage: undefined }, "homepage is undefined"],
  ["another tracker", packageJson, { ...core, bugs: { url: PAGE } }, "bugs is"],
  ["no keywords", packageJson, { ...core, keywords: undefined }, 'keywords lack "handle-system"'],
  [
    "a keyword twice",
    packageJson,
    { ...core, keywords: ["handle-system", "pid", "pid"] },
    "keywords has a duplicate",
  ],
  [
    "a package that deno.json lacks",
    "deno.json",
    { workspace: ["./apps/app"] },
    "workspace lacks ./packages/core",
  ],
  [
    "a package Deno cannot find",
    "deno.json",
    { workspace: ["./packages/core", "./apps/app", "./packages/x"] },
    "./packages/x is not a package",
  ],
])("%s: refused", (_, file, content, message) => {
  expect(check({ [file]: content }).filter((problem) => problem.includes(message))).toHaveLength(1);
});

test("an app that exports nothing is to Deno what its command runs", () => {
  const { exports: _, ...bare } = app;
  const deno = { ...coreDeno, name: "@handlekit/app" };
  const silent = { "apps/app/package.json": { ...bare, exports: { "./package.json": "./package.json" } } };
  expect(check(silent)).toEqual([]);
  expect(check({ ...silent, "apps/app/deno.json": { ...deno, exports: "./src/worker.ts" } })).toHaveLength(1);
});

test("a caret reaches as far as npm says", () => {
  const yes = [
    ["0.0.1", "^0.0.1"],
    ["0.2.9", "^0.2.1"],
    ["1.9.0", "^1.2.3"],
    ["1.0.0-rc.1", "1.0.0-rc.1"],
  ] as const;
  const no = [
    ["0.0.2", "^0.0.1"],
    ["0.3.0", "^0.2.1"],
    ["0.2.0", "^0.2.1"],
    ["2.0.0", "^1.2.3"],
    ["1.0.0", "*"],
    ["1.0.1", "1.0.0"],
  ] as const;
  for (const [version, range] of yes) expect(satisfies(version, range), `${version} ${range}`).toBe(true);
  for (const [version, range] of no) expect(satisfies(version, range), `${version} ${range}`).toBe(false);
});

test("sync-metadata writes the fields that the repository's address makes, and then the check passes", async () => {
  const { homepage: _, repository: __, bugs: ___, ...bare } = core;
  const root = createTree({ ...GOOD, [packageJson]: bare });
  expect((await runScript("check-manifests.mjs", root)).code).toBe(1);
  const written = `${packageJson}: written.\napps/app/package.json: written.\n`;
  expect(await runScript("sync-metadata.mjs", root)).toEqual({ code: 0, output: written });
  const { name, version, description, license, homepage, bugs, ...rest } = core;
  const { repository: from, ...last } = rest;
  const wanted = { name, version, description, license, homepage, repository: from, bugs, ...last };
  expect(readFileSync(join(root, packageJson), "utf8")).toBe(`${JSON.stringify(wanted, null, 2)}\n`);
  expect((await runScript("check-manifests.mjs", root)).code).toBe(0);
  expect(await runScript("sync-metadata.mjs", root)).toEqual({ code: 0, output: "" });

  const moved = { url: "git+https://git.example.org/kit.git", type: "git" };
  writeFileSync(
    join(root, "package.json"),
    JSON.stringify({ ...(GOOD["package.json"] as object), repository: moved }),
  );
  expect((await runScript("check-manifests.mjs", root)).code).toBe(1);
  await runScript("sync-metadata.mjs", root);
  expect(JSON.parse(readFileSync(join(root, packageJson), "utf8"))).toMatchObject({
    homepage: "https://git.example.org/kit/tree/main/packages/core#readme",
    repository: { ...moved, directory: "packages/core" },
    bugs: { url: "https://git.example.org/kit/issues" },
  });
  expect((await runScript("check-manifests.mjs", root)).code).toBe(0);
});

test("sync-deno copies the versions, leaves the rest, and then the check passes", async () => {
  const text =
    '{\n  "name": "@handlekit/core", "version": "0.1.0",\n  "license": "Apache-2.0",\n  "exports": { ".": "./src/mod.ts", "./store": "./src/store.ts" },\n  "publish": { "include": ["src", "README.md", "LICENSE", "deno.json"] } }\n';
  const root = createTree({ ...GOOD, [denoJson]: text });
  expect((await runScript("check-manifests.mjs", root)).code).toBe(1);
  expect(await runScript("sync-deno.mjs", root)).toEqual({
    code: 0,
    output: "packages/core/deno.json: 0.2.1\n",
  });
  expect(readFileSync(join(root, denoJson), "utf8")).toBe(text.replace("0.1.0", "0.2.1"));
  expect((await runScript("check-manifests.mjs", root)).code).toBe(0);
  expect(await runScript("sync-deno.mjs", root)).toEqual({ code: 0, output: "" });
});

test("sync-deno fails where there is no version to write to", async () => {
  const { code, output } = await runScript(
    "sync-deno.mjs",
    createTree({ ...GOOD, [denoJson]: { name: "x" } }),
  );
  expect(output).toContain('packages/core/deno.json: no "version"');
  expect(code).toBe(1);
});
