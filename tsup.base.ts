import { defineConfig } from "tsup";

/** The one build: ESM only, one file per entry, declarations beside it. */
export function build(entry: Record<string, string>, platform: "neutral" | "node" = "neutral") {
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
