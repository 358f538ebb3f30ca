import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";
import { defineConfig } from "tsup";

/** The licence of a package, as a comment that minifiers keep. */
function notice(name: string): string {
  const file = new URL(`node_modules/${name}/LICENSE.md`, import.meta.url);
  return `/*! ${name}\n\n${readFileSync(file, "utf8").trim()}\n*/`;
}

/**
 * The one build: ESM only, one file per entry, declarations beside it.
 *
 * @param inline dependencies that become part of what is built, with their licence
 */
export function build(
  entry: Record<string, string>,
  platform: "neutral" | "node" = "neutral",
  inline: readonly string[] = [],
) {
  return defineConfig({
    entry,
    format: ["esm"],
    target: "node20",
    platform,
    // tsup 8 sets baseUrl, which TypeScript 6 deprecates (egoist/tsup#1388).
    dts: { compilerOptions: { ignoreDeprecations: "6.0", types: ["node"] } },
    clean: true,
    sourcemap: true,
    treeshake: true,
    // Deno needs the node: of node:net, and a neutral platform knows no such module.
    removeNodeProtocol: false,
    external: [/^node:/],
    ...(inline.length === 0
      ? {}
      : { noExternal: [...inline], banner: { js: inline.map(notice).join("\n") } }),
  });
}

/** An app is run, not imported: no declarations. */
export function buildApp(entry: Record<string, string>) {
  return defineConfig({
    entry,
    format: ["esm"],
    target: "node20",
    platform: "node",
    clean: true,
    sourcemap: true,
    removeNodeProtocol: false,
  });
}

/**
 * Loads Node's modules by `require` also where they are imported dynamically: an import reads every export of a module,
 * which loads the parts of it that are not needed. child_process, which commander loads for what we do not use, is left
 * out.
 */
const nodeModules: Plugin = {
  name: "Node's modules by require",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind, namespace }) => {
      if (!isBuiltin(path) || namespace === "node-module") return undefined;
      const own = kind === "dynamic-import" || /child_process$/.test(path);
      return own ? { path, namespace: "node-module" } : { path, external: true };
    });
    onLoad({ filter: /^/, namespace: "node-module" }, ({ path }) => ({
      contents: /child_process$/.test(path) ? "" : `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

const APP = {
  target: "node20",
  platform: "node",
  sourcemap: true,
  removeNodeProtocol: false,
  minify: true,
  splitting: false,
} as const;

/**
 * An app that starts fast: `main`, which answers what needs nothing, and all the rest in one other file, from the
 * sources, in which the modules that are imported dynamically are evaluated when they are needed. It is CommonJS, which
 * Node loads faster: tests/bench/cli measures it.
 *
 * @param rest the module that `main` imports dynamically, for its export `run`
 * @param outside packages that are loaded from where they are installed
 * @param inside the packages of others that become part of it; their licences are in `dist/LICENSES.txt`
 */
export function buildBundledApp(
  entry: Record<string, string>,
  rest: string,
  { outside, inside }: { readonly outside: readonly string[]; readonly inside: readonly string[] },
) {
  const separate: Plugin = {
    name: "the rest in a file of its own",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^\\./${rest}\\.ts$`) }, ({ kind, path }) =>
        kind === "dynamic-import" ? { path, namespace: "rest" } : undefined,
      );
      // An import of CommonJS would parse the whole file to find its exports.
      onLoad({ filter: /^/, namespace: "rest" }, () => ({
        contents: `import { createRequire } from "node:module";
          export const { run } = createRequire(import.meta.url)("./${rest}.cjs");`,
      }));
    },
  };
  // Not by `clean` of tsup: each of the two builds would delete the files of the other.
  rmSync("dist", { recursive: true, force: true });
  return defineConfig([
    { ...APP, entry, format: ["esm"], esbuildPlugins: [separate] },
    {
      ...APP,
      entry: { [rest]: `src/${rest}.ts` },
      format: ["cjs"],
      external: [...outside],
      noExternal: [
        new RegExp(`^(?!(?:${outside.join("|")})$)(?:@handlekit/|(?:${inside.join("|")})(?:/|$))`),
      ],
      esbuildPlugins: [nodeModules],
      esbuildOptions(options) {
        options.conditions = ["@handlekit/source"];
      },
      async onSuccess() {
        writeFileSync("dist/LICENSES.txt", inside.map(licence).join("\n"));
      },
    },
  ]);
}

/** The licence of a package that an app is built with. */
function licence(name: string): string {
  const folder = new URL(`file://${process.cwd()}/node_modules/${name}/`);
  const own = existsSync(folder) ? folder : new URL(`node_modules/${name}/`, import.meta.url);
  const file = readdirSync(own).find((each) => /^licen[cs]e/i.test(each));
  return `${name}\n\n${file === undefined ? "" : readFileSync(new URL(file, own), "utf8").trim()}\n`;
}
