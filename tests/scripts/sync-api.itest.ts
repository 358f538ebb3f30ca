import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTree, type Files, runScript } from "./support.ts";

const API = "tests/types/api/core.d.txt";

const GOOD: Files = {
  "packages/core/package.json": {
    name: "@handlekit/core",
    exports: {
      ".": { "@handlekit/source": "./src/mod.ts" },
      "./deep": { "@handlekit/source": "./src/deep.ts" },
      "./package.json": "./package.json",
    },
  },
  "packages/core/src/mod.ts": `
    export { boil as cook, type Kettle } from "./kettle.ts";
    export { z } from "zod";`,
  "packages/core/src/deep.ts": `
    export type { Kettle } from "./kettle.ts";
    export const SIZE: number = 3;
    const hidden: number = 4;
    export class Cup { size: number = hidden; private secret(): string { return "x"; } }`,
  "packages/core/src/kettle.ts": `
    import type { Steam } from "./steam.ts";
    import type { Stats } from "node:fs";
    /** Documentation is no type. */
    export interface Kettle { readonly steam?: Steam | undefined; readonly stats: Stats }
    export function boil(kettle: Kettle, times?: number): Kettle;
    export function boil(kettle: string): undefined;
    export function boil(kettle: unknown): undefined { return kettle as undefined; }`,
  "packages/core/src/steam.ts": `
    type Heat = "low" | "high";
    export interface Steam { readonly heat: Heat; readonly Unused: 1 }
    export interface Unused { readonly nothing: 1 }`,
};

const TEXT = `// @handlekit/core

export interface Kettle {
  readonly steam?: Steam | undefined;
  readonly stats: Stats;
}
export { boil as cook };
export function boil(kettle: Kettle, times?: number): Kettle;
export function boil(kettle: string): undefined;
export { z } from "zod";

// @handlekit/core/deep

export class Cup {
  size: number;
  private secret;
}
export const SIZE: number;
export { Kettle }; // declared above

// Named above, not exported

interface Steam {
  readonly heat: Heat;
  readonly Unused: 1;
}
type Heat = "low" | "high";

// From other packages

// node:fs: Stats
`;

test("the public types are written, and then they agree", async () => {
  const root = createTree({ ...GOOD, "tests/types/api/gone.d.txt": "" });
  const before = await runScript("sync-api.mjs", "--check", root);
  expect(before.output.trim().split("\n")).toEqual([
    `${API}: missing; npm run api writes it.`,
    "tests/types/api/gone.d.txt: there is no such package; npm run api removes it.",
    "",
    "2 problems.",
  ]);
  expect(before.code).toBe(1);
  expect((await runScript("sync-api.mjs", root)).code).toBe(0);
  expect(readFileSync(join(root, API), "utf8")).toBe(TEXT);
  expect(existsSync(join(root, "tests/types/api/gone.d.txt"))).toBe(false);
  expect((await runScript("sync-api.mjs", "--check", root)).code).toBe(0);
});

test("a changed type is named, also one that is not exported; documentation and bodies change nothing", async () => {
  const root = createTree(GOOD);
  await runScript("sync-api.mjs", root);
  const change = (file: string, from: string, to: string) => {
    const path = join(root, "packages/core/src", file);
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };
  change("kettle.ts", "Documentation is no type.", "Other words.");
  change("deep.ts", '"x"', '"y"');
  expect((await runScript("sync-api.mjs", "--check", root)).code).toBe(0);
  change("steam.ts", '"low"', '"lowest"');
  const { code, output } = await runScript("sync-api.mjs", "--check", root);
  const line = TEXT.split("\n").findIndex((text) => text.startsWith("type Heat")) + 1;
  expect(output).toContain(
    `${API}:${line}: it has "type Heat = \\"low\\" | \\"high\\";", the sources have "type Heat = \\"lowest\\" | \\"high\\";"; npm run api writes it.`,
  );
  expect(code).toBe(1);
});

test.each([
  [
    "an optional member that refuses undefined",
    "export interface A { readonly a?: string; b?: unknown }",
    "A.a is optional",
  ],
  ["one of a type within", "export function f(o?: { x?: number }): void {}", "f.x is optional"],
  ["an export without a type", "export const a = [1].map(String);", "a.ts: "],
  [
    "an export that nothing declares",
    'export { nobody } from "./mod.ts";',
    "found under the exported name nobody",
  ],
])("%s is refused", async (_, text, message) => {
  const root = createTree({
    ...GOOD,
    "packages/core/package.json": {
      name: "@handlekit/core",
      exports: { ".": { "@handlekit/source": "./src/a.ts" } },
    },
    "packages/core/src/a.ts": text,
  });
  const { code, output } = await runScript("sync-api.mjs", root);
  expect(output).toContain(message);
  expect(code).toBe(1);
});
