import { mkdtemp, rm } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** A module with the definitions of our two programs; their actions are never run. */
const SOURCE = `
import { loadFullProgram } from "./apps/cli/src/full-program.ts";
import { createProgram as createServer } from "./apps/server/src/program.ts";
export const programs = {
  hdl: await loadFullProgram(),
  "hdl-server": () => createServer({}, "0"),
};`;

/**
 * Leaves other packages and dynamic imports out of the bundle.
 *
 * @type {import("esbuild").Plugin}
 */
const outside = {
  name: "outside",
  setup({ onResolve }) {
    onResolve({ filter: /^[a-z@.]/ }, ({ path, resolveDir, kind, importer }) => {
      // hdl loads the module of each command when it runs.
      const isCommand = importer.endsWith("/apps/cli/src/commands.ts");
      if (kind === "dynamic-import" && !isCommand) return { path, external: true };
      if (path.startsWith(".") || path.startsWith("@handlekit/") || isBuiltin(path)) return undefined;
      const file = createRequire(join(resolveDir, "from.js")).resolve(path);
      return { path: pathToFileURL(file).href, external: true };
    });
  },
};

/**
 * The commander programs of `hdl` and `hdl-server`, from the sources.
 *
 * @param {string} root
 * @returns {Promise<import("./readme-shell.mjs").Programs>}
 */
export async function loadPrograms(root) {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-programs-"));
  try {
    const outfile = join(folder, "programs.mjs");
    await build({
      stdin: { contents: SOURCE, resolveDir: root, loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@handlekit/source"],
      logLevel: "error",
      plugins: [outside],
    });
    return (await import(pathToFileURL(outfile).href)).programs;
  } finally {
    await rm(folder, { recursive: true });
  }
}
