import { readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { type Plugin, rolldown } from "rolldown";
import { defineConfig } from "tsup";

/**
 * Loads Node's modules by `require` also where they are imported dynamically: an import reads every export of a module,
 * which loads the parts of it that are not needed. child_process, which commander loads for what we do not use, is left
 * out.
 */
const nodeModules: Plugin = {
  name: "Node's modules by require",
  resolveId(id, importer, { kind }) {
    if (!isBuiltin(id) || importer?.startsWith("\0")) return null;
    return kind === "dynamic-import" || /child_process$/.test(id) ? `\0${id}` : { id, external: true };
  },
  load(id) {
    if (!id.startsWith("\0") || !isBuiltin(id.slice(1))) return null;
    const code = /child_process$/.test(id) ? "" : `module.exports = require(${JSON.stringify(id.slice(1))});`;
    return { code, moduleType: "js" };
  },
};

/** Replaces functions that an app never calls, so that what they need is not part of it. */
function leaveOut(unused: BundledApp["unused"]): Plugin {
  const names = new Map(Object.entries(unused).map(([source, own]) => [realpathSync(source), own]));
  return {
    name: "without unused functions",
    load: (id) =>
      names
        .get(id)
        ?.map(
          (name) =>
            `export function ${name}() { throw new Error("${name} is unused, says tsup.config.ts"); }`,
        )
        .join("\n"),
  };
}

/** The parts of an app that starts fast. */
export interface BundledApp {
  /**
   * Sources of what most starts need: with all that they import, they are one file. One file is faster than ten, and
   * what it does not contain is not parsed. Everything else is loaded when it is imported.
   */
  readonly first: readonly string[];
  /** Functions that are imported but never called, by their sources; if one is called nevertheless, it throws. */
  readonly unused: Readonly<Record<string, readonly string[]>>;
  /** Packages that are loaded from where they are installed. */
  readonly outside: readonly string[];
  /** The other packages, which become part of it; their licences are in `dist/LICENSES.txt`. */
  readonly inside: readonly string[];
}

/** Bundles an app from the sources, in `main.js`, `first.cjs`, and the files that are loaded when they are needed. */
async function bundle(
  entry: Record<string, string>,
  { first, unused, outside, inside }: BundledApp,
): Promise<void> {
  const isOutside = (id: string) => outside.some((each) => id === each || id.startsWith(`${each}/`));
  const bundled = await rolldown({
    input: entry,
    platform: "node",
    external: isOutside,
    resolve: {
      conditionNames: ["@handlekit/source", "import", "node", "default"],
      mainFields: ["module", "main"],
    },
    // createRequire takes a path, too.
    transform: { define: { "import.meta.url": "__filename" } },
    plugins: [nodeModules, leaveOut(unused)],
  });
  const needed = new Set<string>();
  const { output } = await bundled.write({
    dir: "dist",
    format: "cjs",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].cjs",
    codeSplitting: {
      groups: [
        {
          debugName: "first",
          name(id, context) {
            const visit = (each: string) => {
              if (needed.has(each) || isOutside(each)) return;
              needed.add(each);
              const { importedIds = [], dynamicallyImportedIds = [] } = context.getModuleInfo(each) ?? {};
              for (const imported of importedIds) visit(imported);
              for (const later of dynamicallyImportedIds) if (later.startsWith("\0")) visit(later);
            };
            if (needed.size === 0) for (const each of first) visit(realpathSync(each));
            return needed.has(id) ? "first" : null;
          },
        },
      ],
    },
  });
  await bundled.close();
  checkRequires(output.flatMap((each) => (each.type === "chunk" ? each : [])));
  const modules = output.flatMap((each) => (each.type === "chunk" ? each.moduleIds : []));
  checkPackages(modules, inside);
  writeFileSync("dist/LICENSES.txt", inside.map((name) => licence(name, modules)).join("\n"));
  // The package is "module", for all that is not built.
  writeFileSync("dist/package.json", '{ "type": "commonjs" }\n');
}

/** Returns the folder of the package that a module belongs to; undefined for a module of this repository. */
const packageOf = (id: string) => /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id)?.[1];
const nameOf = (folder: string) => folder.replace(/^.*\/node_modules\//, "");

/** @throws Error if a file requires one that was not built, as files in UMD do, whose `require` is a parameter */
function checkRequires(chunks: readonly { readonly fileName: string; readonly code: string }[]): void {
  const names = new Set(chunks.map(({ fileName }) => `./${fileName}`));
  for (const { fileName, code } of chunks) {
    for (const [, path = ""] of code.matchAll(/\(["'`](\.\/[\w./-]+)["'`]\)/g)) {
      if (!names.has(path)) throw new Error(`${fileName} may require ${path}, which is not part of the app.`);
    }
  }
}

/** @throws Error if the packages that became part of an app are others than it names */
function checkPackages(modules: readonly string[], inside: readonly string[]): void {
  const found = new Set(modules.flatMap((id) => packageOf(id) ?? []).map(nameOf));
  const wrong = [...found]
    .filter((name) => !inside.includes(name))
    .concat(inside.filter((name) => !found.has(name)));
  if (wrong.length > 0) throw new Error(`The option inside is not what is bundled: ${wrong.join(", ")}.`);
}

function licence(name: string, modules: readonly string[]): string {
  const folder = modules.map(packageOf).find((each) => each !== undefined && nameOf(each) === name) ?? "";
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name}\n\n${file === undefined ? "" : readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
}

/**
 * An app that starts fast: it is CommonJS, which Node loads faster than ESM, and few bytes are parsed at its start;
 * tests/bench/cli measures it. rolldown bundles it, because esbuild cannot be told what is to be in which file.
 */
export function buildBundledApp(entry: Record<string, string>, app: BundledApp) {
  return defineConfig(async () => {
    rmSync("dist", { recursive: true, force: true });
    await bundle(entry, app);
    return [];
  });
}
