import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTree, type Files, loadLibrary } from "./support.ts";

interface Bundle {
  readonly entry: string;
  readonly minified: number;
  readonly gzipped: number;
  readonly undici: boolean;
}

interface Size {
  readonly folder: string;
  readonly bundles: readonly Bundle[];
  readonly foreign: readonly string[];
  readonly megabytes: number;
}

interface Limit {
  readonly minified?: number;
  readonly gzipped?: number;
  readonly packages: number;
  readonly megabytes: number;
  readonly only?: readonly string[];
}

interface SizesLibrary {
  measureSizes(root: string): Promise<readonly Size[]>;
  overLimits(sizes: readonly Size[], limits: Readonly<Record<string, Limit>>): readonly string[];
  checkStatedSizes(root: string, sizes: readonly Size[]): readonly string[];
}

interface LimitsLibrary {
  readonly LIMITS: Readonly<Record<string, Limit>>;
}

const { checkStatedSizes, measureSizes, overLimits } = await loadLibrary<SizesLibrary>("sizes.mjs");
const { LIMITS } = await loadLibrary<LimitsLibrary>("size-limits.mjs");

const pack = (name: string, more: object = {}) => ({ name, version: "1.0.0", main: "main.js", ...more });
const ours = (name: string, dependencies: Readonly<Record<string, string>>) => ({
  name: `@handlekit/${name}`,
  dependencies,
  exports: { ".": { "@handlekit/source": "./src/mod.ts" } },
});

const TREE: Files = {
  "packages/core/package.json": {
    ...ours("core", {}),
    exports: {
      ".": { "@handlekit/source": "./src/mod.ts" },
      "./deep": { "@handlekit/source": "./src/deep.ts" },
      "./journal-file": { "@handlekit/source": "./src/journal-file.ts" },
      "./package.json": "./package.json",
    },
  },
  "packages/core/src/mod.ts": "export const core: number = 1;",
  "packages/core/src/deep.ts": `export const deep: string = "${"0123456789".repeat(200)}";`,
  "packages/core/src/journal-file.ts": 'export const open = () => import("node:fs");',
  "packages/loc/package.json": ours("loc", { "@handlekit/core": "^0.0.0", small: "1", native: "1" }),
  "packages/loc/src/mod.ts": 'export { core } from "@handlekit/core";\nexport { small } from "small";',
  "packages/keys/package.json": ours("keys", { "@handlekit/loc": "^0.0.0" }),
  "packages/keys/src/mod.ts": 'import "node:fs";',
  "packages/transport/package.json": ours("transport", { undici: "1" }),
  "packages/transport/src/mod.ts": 'import "undici";',
  "node_modules/small/package.json": pack("small", {
    dependencies: { deep: "1" },
    peerDependencies: { peer: "1", absent: "1" },
    peerDependenciesMeta: { absent: { optional: true } },
  }),
  "node_modules/small/main.js": `exports.small = ${JSON.stringify("x".repeat(5000))};`,
  "node_modules/small/node_modules/deep/package.json": pack("deep"),
  "node_modules/small/node_modules/deep/main.js": "y".repeat(1_000_000),
  "node_modules/deep/package.json": pack("deep"),
  "node_modules/deep/main.js": "z".repeat(9_000_000),
  "node_modules/peer/package.json": pack("peer", { dependencies: { small: "1" } }),
  "node_modules/native/package.json": pack("native", {
    optionalDependencies: { "for-another-machine": "1" },
  }),
  "node_modules/undici/package.json": pack("undici"),
  "node_modules/undici/main.js": "",
};

test("sizes are those of the bundle and of the third-party packages that an install brings", async () => {
  const root = createTree(TREE);
  symlinkSync(join(root, "packages"), join(root, "node_modules/@handlekit"));
  const sizes = new Map((await measureSizes(root)).map((size) => [size.folder, size]));
  const [core, loc, keys, transport] = ["core", "loc", "keys", "transport"].map((name) =>
    sizes.get(`packages/${name}`),
  );
  expect(core).toMatchObject({ foreign: [], megabytes: 0 });
  expect(core?.bundles.map(({ entry, undici }) => [entry, undici])).toEqual([
    ["@handlekit/core", false],
    ["@handlekit/core/deep", false],
  ]);
  const [main, deep] = core?.bundles ?? [];
  expect(main?.minified).toBeLessThan(100);
  expect(deep?.minified).toBeGreaterThan(1000);
  expect(loc?.foreign).toEqual(["deep", "native", "peer", "small"]);
  expect(loc?.megabytes).toBeGreaterThan(1);
  expect(loc?.megabytes).toBeLessThan(1.1);
  expect(loc?.bundles[0]?.minified).toBeGreaterThan(5000);
  expect(loc?.bundles[0]?.gzipped).toBeLessThan(1000);
  // It runs on Node alone, so it has no bundle.
  expect(keys).toEqual({
    folder: "packages/keys",
    bundles: [],
    foreign: loc?.foreign,
    megabytes: loc?.megabytes,
  });
  expect(transport?.bundles[0]?.undici).toBe(true);
});

test("a package that is not installed is an error", async () => {
  const root = createTree({ ...TREE, "node_modules/peer/package.json": undefined });
  await expect(measureSizes(root)).rejects.toThrow(/peer, which .*small needs, is not installed: run npm ci/);
});

test("each limit that is passed is named", () => {
  const bundle = { entry: "@handlekit/a", minified: 1001, gzipped: 501, undici: false };
  const size = { folder: "packages/a", bundles: [bundle], foreign: ["b", "c"], megabytes: 1.234 };
  const limit = { minified: 1000, gzipped: 500, packages: 1, megabytes: 1, only: ["b"] };
  expect(overLimits([size], { "packages/a": limit })).toEqual([
    "packages/a: 1001 bytes minified; the limit in scripts/lib/size-limits.mjs is 1000.",
    "packages/a: 501 bytes gzipped; the limit in scripts/lib/size-limits.mjs is 500.",
    "packages/a: 2 third-party packages; the limit in scripts/lib/size-limits.mjs is 1.",
    "packages/a: 1.23 megabytes installed; the limit in scripts/lib/size-limits.mjs is 1.",
    "packages/a: brings c; it may bring b.",
  ]);
  expect(overLimits([size], {})).toEqual(["packages/a: has no row in scripts/lib/size-limits.mjs: add one."]);
  const most = { minified: 1001, gzipped: 501, packages: 2, megabytes: 2 };
  expect(overLimits([size], { "packages/a": most })).toEqual([]);
  const deep = { entry: "@handlekit/a/deep", minified: 5000, gzipped: 5000, undici: true };
  expect(overLimits([{ ...size, bundles: [bundle, deep] }], { "packages/a": most })).toEqual([
    "@handlekit/a/deep brings undici into a browser.",
  ]);
  expect(overLimits([size], { "packages/a": { packages: 2, megabytes: 2 } })).toHaveLength(2);
});

test("a size that a README states is that of the bundle, give or take a tenth", () => {
  const bundles = [{ entry: "@handlekit/a", minified: 90_000, gzipped: 10_000, undici: false }];
  const size = { folder: "packages/a", bundles, foreign: [], megabytes: 0 };
  const stated = (text: string) => checkStatedSizes(createTree({ "packages/a/README.md": text }), [size]);
  expect(stated("Gzipped, `@handlekit/a` has 9.1 kB.")).toEqual([]);
  expect(stated("Gzipped: `@handlekit/a` 10.9 kB, a file of 3 kB.")).toEqual([]);
  expect(stated("`@handlekit/a` 11.2 kB, `@handlekit/a/basic` 2 kB")).toEqual([
    "packages/a/README.md: says that @handlekit/a has 11.2 kB; it has 10.0 kB.",
    "packages/a/README.md: says that @handlekit/a/basic has 2 kB; it is not measured.",
  ]);
});

test("auth brings saxes and xmlchars, client no more than five third-party packages", () => {
  expect(LIMITS["packages/auth"]?.only).toEqual(["saxes", "xmlchars"]);
  expect(LIMITS["packages/client"]?.packages).toBeLessThanOrEqual(5);
});
