import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "tsup";

/** The licence of a package, as a comment that minifiers keep. */
function notice(name: string): string {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.md|\.txt)?$/i.test(each));
  if (file === undefined) throw new Error(`${name} has no file with its licence.`);
  return `/*! ${name}\n\n${readFileSync(new URL(file, folder), "utf8").trim()}\n*/`;
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
    ...inlined(inline),
  });
}

/** The settings for dependencies that become part of what is built. */
function inlined(names: readonly string[]) {
  return names.length === 0 ? {} : { noExternal: [...names], banner: { js: names.map(notice).join("\n") } };
}

/**
 * An app is run, not imported: no declarations.
 *
 * @param inline dependencies that become part of what is built, with their licence
 */
export function buildApp(entry: Record<string, string>, inline: readonly string[] = []) {
  return defineConfig({
    entry,
    format: ["esm"],
    target: "node20",
    platform: "node",
    clean: true,
    sourcemap: true,
    treeshake: true,
    removeNodeProtocol: false,
    ...inlined(inline),
  });
}
