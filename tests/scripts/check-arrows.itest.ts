import { expect, test } from "vitest";
import { createTree, type Files, loadLibrary, runScript } from "./support.ts";

interface ArrowsLibrary {
  checkArrows(root: string): { files: number; problems: readonly string[] };
}

const { checkArrows } = await loadLibrary<ArrowsLibrary>("arrows.mjs");

const manifest = (name: string, ...dependencies: readonly string[]) => ({
  name: `@handlekit/${name}`,
  dependencies: Object.fromEntries(dependencies.map((each) => [each, "^0.0.0"])),
});

const GOOD: Files = {
  "package.json": { devDependencies: { vitest: "^4.0.0", "fast-check": "^4.0.0" } },
  "packages/core/package.json": manifest("core"),
  "packages/core/src/mod.ts": 'export { a } from "./a.ts";\nexport type { B } from "./a.ts";',
  "packages/core/src/a.ts": `
    export const a = { process: 1, Buffer: 2 }.process;
    export interface B { readonly process: string; global(): void }
    /** Like Buffer, or process.env. */
    export const known = "process" in globalThis;`,
  "packages/core/test/a.test.ts": `
    import { Buffer } from "node:buffer";
    import { test } from "vitest";
    import { a } from "@handlekit/core";
    import { memory } from "@handlekit/testing";
    import "../src/a.ts";`,
  "packages/credentials/package.json": manifest("credentials", "@handlekit/core", "zod"),
  "packages/credentials/src/mod.ts": 'import * as z from "zod";\nimport { a } from "@handlekit/core/store";',
  "packages/credentials/src/file.ts": `
    import type { Stats } from "node:fs";
    export const load = async () => (await import("node:fs/promises")).readFile(process.cwd());`,
  "packages/auth/package.json": manifest("auth", "@handlekit/core", "@handlekit/xml"),
  "packages/auth/src/ardc.ts": 'import { build } from "@handlekit/xml";\nimport "@handlekit/core";',
  "packages/service/package.json": manifest("service", "@handlekit/core", "@handlekit/auth"),
  "packages/service/src/mod.ts": `
    import { createServer } from "node:http";
    import { parse } from "@handlekit/auth/wire";
    import "@handlekit/core";
    export const a = Buffer.alloc(1);`,
  "packages/store-sqlite/package.json": manifest("store-sqlite", "@handlekit/core"),
  "packages/store-sqlite/src/mod.ts": `
    import "@handlekit/core";
    const name: string = "bun:sqlite";
    export const open = () => import(name);`,
  "packages/store-sqlite/vitest.config.ts": "export default {};",
};

const check = (changes: Files = {}) => checkArrows(createTree({ ...GOOD, ...changes })).problems;

test("a tree that follows the rules passes", async () => {
  expect(check()).toEqual([]);
  const { code, output } = await runScript("check-arrows.mjs", createTree(GOOD));
  expect(output).toBe("8 files: every import is an arrow of the table.\n");
  expect(code).toBe(0);
});

test("the script prints the problems and fails", async () => {
  const wrong = { ...GOOD, "packages/core/src/a.ts": "export default 1;" };
  const { code, output } = await runScript("check-arrows.mjs", createTree(wrong));
  expect(output).toBe("packages/core/src/a.ts:1: default export: give it a name.\n\n1 problem.\n");
  expect(code).toBe(1);
});

const core = "packages/core/src/a.ts";
const service = "packages/service/src/mod.ts";
const auth = "packages/auth/src/mod.ts";

test.each([
  [
    "a static arrow",
    core,
    'import "@handlekit/auth";',
    "@handlekit/core -> @handlekit/auth: packages/core may import none of our packages",
  ],
  [
    "a dynamic arrow",
    core,
    '\nawait import("@handlekit/auth");',
    "a.ts:2: @handlekit/core -> @handlekit/auth:",
  ],
  [
    "an arrow of types",
    core,
    'type A = import("@handlekit/auth").A;',
    "a.ts:1: @handlekit/core -> @handlekit/auth:",
  ],
  [
    "a re-exported arrow",
    core,
    'export { a } from "@handlekit/auth";',
    "a.ts:1: @handlekit/core -> @handlekit/auth:",
  ],
  [
    "an import of an expression",
    core,
    "await import(somewhere());",
    "a.ts:1: an import of something that is not a literal",
  ],
  [
    "auth from service, but for ./wire",
    service,
    'import "@handlekit/auth";',
    "packages/service may import @handlekit/core, @handlekit/auth/wire",
  ],
  ["another subpath", service, 'import "@handlekit/auth/wires";', "service -> @handlekit/auth/wires:"],
  ["client from service", service, 'import "@handlekit/client";', "service -> @handlekit/client:"],
  [
    "xml from auth's other entries",
    auth,
    'import "@handlekit/xml";',
    "packages/auth may import @handlekit/xml only from",
  ],
  [
    "a relative import that leaves",
    core,
    'import "../../auth/src/mod.ts";',
    "a relative import stays within its package",
  ],
  ["src that imports test", core, 'import "../test/help.ts";', "src imports only src"],
  [
    "a package by its own name",
    core,
    'import "@handlekit/core";',
    "a package imports itself by relative path",
  ],
  [
    "node: in a portable package",
    core,
    'import type { A } from "node:fs";',
    "packages/core is portable, and this is not one",
  ],
  ["node: without node:", service, 'import "fs";', "write node:fs"],
  [
    "a static node: where it must be dynamic",
    "packages/credentials/src/file.ts",
    'import { type A } from "node:fs";',
    "loads it by a dynamic import, or by import type",
  ],
  [
    "Buffer",
    core,
    "export const a = Buffer.from([]);",
    "a.ts:1: Buffer is a Node global, and packages/core is portable",
  ],
  ["process in shorthand", core, "export const a = { process };", "a.ts:1: process is a Node global"],
  ["the type of global", core, "export type A = typeof global;", "a.ts:1: global is a Node global"],
  ["__dirname", core, "export const a = __dirname;", "a.ts:1: __dirname is a Node global"],
  [
    "an undeclared package",
    service,
    'import "undici";',
    "undici is not in the dependencies of packages/service",
  ],
  [
    "an undeclared package in a test",
    "packages/core/test/b.test.ts",
    'import "undici";',
    "undici is not in the dependencies of packages/core",
  ],
  ["a URL", core, 'import "https://example.org/a.ts";', "import packages by name"],
  ["export *", core, '\n\nexport * from "./b.ts";', "a.ts:3: export *: name each export."],
  ["export * as", core, 'export * as b from "./b.ts";', "a.ts:1: export *: name each export."],
  ["a default export", core, "export default 1;", "a.ts:1: default export: give it a name."],
  ["a default function", core, "export default function a() {}", "a.ts:1: default export: give it a name."],
  [
    "a renamed default",
    core,
    "const a = 1; export { a as default };",
    "a.ts:1: default export: give it a name.",
  ],
  [
    "service in a test of client",
    "packages/client/test/a.test.ts",
    'import "@handlekit/service/node";',
    "a test of both client and service belongs in tests/",
  ],
  [
    "client in a test of service",
    "packages/service/test/a.test.ts",
    'import "@handlekit/client";',
    "a test of both client and service belongs in tests/",
  ],
])("%s is refused", (_, file, text, message) => {
  const client = { "packages/client/package.json": manifest("client") };
  const found = check({ ...client, [file]: text }).find((problem) => problem.includes(message));
  expect(found).toMatch(new RegExp(`^${file.replaceAll(".", "\\.")}:\\d+: `));
});

test("a dependency that nothing imports is refused", () => {
  expect(check({ "packages/core/package.json": manifest("core", "undici") })).toEqual([
    "packages/core/package.json: undici is declared and src never imports it.",
  ]);
});

test("a dependency that is an optional peer of another one needs no import", () => {
  const store = { name: "@handlekit/store-sqlite", peerDependencies: { libsql: "^0.5.0" } };
  const server = {
    name: "@handlekit/server",
    dependencies: { "@handlekit/store-sqlite": "^0.0.0", libsql: "^0.5.0" },
  };
  const found = check({
    "packages/store-sqlite/package.json": store,
    "packages/store-sqlite/src/mod.ts": 'import "libsql";',
    "apps/server/package.json": server,
    "apps/server/src/main.ts": 'import "@handlekit/store-sqlite";',
  });
  expect(found.filter((problem) => problem.includes("libsql"))).toEqual([]);
});

test("a package without a rule is refused", () => {
  expect(check({ "packages/new/package.json": manifest("new") })).toEqual([
    "packages/new: has no row in scripts/lib/arrow-rules.mjs: add one.",
  ]);
});

const cycle = "packages/core/src: import cycle: ";

test("two files that import each other are refused", () => {
  const files = {
    "packages/core/src/a.ts": 'export { b } from "./b.ts";\nexport const a = 1;',
    "packages/core/src/b.ts": 'export const b = async () => (await import("./a.ts")).a;',
  };
  expect(check(files)).toEqual([`${cycle}src/a.ts -> src/b.ts -> src/a.ts.`]);
});

test("three files that import each other's types are refused", () => {
  const files = {
    "packages/core/src/a.ts": 'import type { B } from "./b/b.ts";\nexport type A = B;',
    "packages/core/src/b/b.ts": 'export type B = import("../c.ts").C;',
    "packages/core/src/c.ts": 'export type { A as C } from "./a.ts";',
  };
  expect(check(files)).toEqual([`${cycle}src/a.ts -> src/b/b.ts -> src/c.ts -> src/a.ts.`]);
});

test("a file that imports itself is refused", () => {
  const files = { "packages/core/src/a.ts": 'import type { A } from "./a.ts";\nexport interface A {}' };
  expect(check(files)).toEqual([`${cycle}src/a.ts -> src/a.ts.`]);
});

test("cycles that share files are one problem, which names a shortest one", () => {
  const files = {
    "packages/core/src/a.ts": 'import "./b.ts";',
    "packages/core/src/b.ts": 'import "./c.ts";\nimport "./leaf.ts";',
    "packages/core/src/c.ts": 'import "./a.ts";\nimport "./b.ts";',
    "packages/core/src/leaf.ts": "export const leaf = 1;",
  };
  expect(check(files)).toEqual([`${cycle}src/b.ts -> src/c.ts -> src/b.ts.`]);
});

test("cycles apart from each other are a problem each", () => {
  const files = {
    "packages/core/src/a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "packages/core/src/b.ts": 'import "./a.ts";',
    "packages/core/src/c.ts": 'import "./d.ts";',
    "packages/core/src/d.ts": 'import "./c.ts";',
  };
  expect(check(files)).toEqual([
    `${cycle}src/a.ts -> src/b.ts -> src/a.ts.`,
    `${cycle}src/c.ts -> src/d.ts -> src/c.ts.`,
  ]);
});

test("two paths to one file are not a cycle", () => {
  const files = {
    "packages/core/src/a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "packages/core/src/b.ts": 'import "./d.ts";',
    "packages/core/src/c.ts": 'import "./d.ts";',
    "packages/core/src/d.ts": "export const d = 1;",
  };
  expect(check(files)).toEqual([]);
});

/** A service with a file in each room. */
const ROOMS: Files = {
  "packages/service/src/adapters/node.ts": 'import "../service.ts";',
  "packages/service/src/service.ts": 'import "./routes.ts";\nimport "./memory.ts";',
  "packages/service/src/routes.ts": 'import "./endpoints/a.ts";\nimport "./resolver/a.ts";',
  "packages/service/src/endpoints/a.ts": 'import "./b.ts";\nimport "../operations/read/a.ts";',
  "packages/service/src/endpoints/b.ts": 'import "../http/request.ts";',
  "packages/service/src/resolver/a.ts": 'import "../identify/a.ts";',
  "packages/service/src/ardc/a.ts": 'import type { Request } from "../http/request.ts";',
  "packages/service/src/operations/read/a.ts": 'import "../../identify/a.ts";',
  "packages/service/src/identify/a.ts": 'import "../http/request.ts";',
  "packages/service/src/http/request.ts": 'import "../memory.ts";',
  "packages/service/src/memory.ts": 'import "@handlekit/core";',
};

test("a package that follows the order of its rooms passes", () => {
  const entry = `
    import "@handlekit/auth/wire";
    export { a } from "./adapters/node.ts";
    export { b } from "./operations/read/a.ts";`;
  expect(check({ ...ROOMS, [service]: entry })).toEqual([]);
});

test.each([
  ["an outer room", "identify/a.ts", "../operations/read/a.ts", "identify may import only itself, messages"],
  ["a room beside it", "ardc/a.ts", "../endpoints/b.ts", "ardc may import only itself, operations, identify"],
  [
    "a room listed under never",
    "operations/read/a.ts",
    "../../http/request.ts",
    "operations may import only itself, identify, memory, refusals, derived, description, not",
  ],
  [
    "anything, from the innermost room",
    "memory.ts",
    "./ardc/a.ts",
    "memory may import only itself, not ardc",
  ],
])("an import of %s is refused", (_, file, specifier, message) => {
  const text = `\nimport type { A } from "${specifier}";`;
  const [problem] = check({ ...ROOMS, [`packages/service/src/${file}`]: text });
  expect(problem).toContain(`packages/service/src/${file}:2: @handlekit/service -> ${specifier}: ${message}`);
});

test("a file without a room is refused, though tests need none", () => {
  const files = {
    "packages/service/src/other/a.ts": 'import "../service.ts";',
    "packages/service/test/a.test.ts": 'import "../src/other/a.ts";',
  };
  expect(check({ ...ROOMS, ...files })).toEqual([
    "packages/service/src/other/a.ts: is in no room of scripts/lib/arrow-rules.mjs: move it into one.",
  ]);
});
