import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const CLIENT = new URL("../../packages/client/", import.meta.url);

/** Packages of others are loaded from where they are installed. */
const othersOutside: Plugin = {
  name: "packages of others outside",
  setup({ onResolve }) {
    onResolve({ filter: /^[a-z@]/ }, ({ path, importer, resolveDir }) => {
      if (path.startsWith("@handlekit/") || isBuiltin(path)) return undefined;
      const from = createRequire(importer.startsWith("/") ? importer : `${resolveDir}/`);
      return { path: pathToFileURL(from.resolve(path)).href, external: true };
    });
  },
};

/**
 * Makes a program that Node runs, with our packages as they are in the sources.
 *
 * @param source a TypeScript file, or the text of a module that imports what the client's package may
 */
export async function buildProgram(source: URL | string, outfile: string): Promise<void> {
  await build({
    ...(typeof source === "string"
      ? { stdin: { contents: source, resolveDir: fileURLToPath(CLIENT) } }
      : { entryPoints: [fileURLToPath(source)] }),
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@handlekit/source"],
    logLevel: "error",
    plugins: [othersOutside],
  });
}
