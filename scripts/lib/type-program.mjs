import { join } from "node:path";
import ts from "typescript";
import { listWorkspaces } from "./workspaces.mjs";

/** The compiler's settings for examples and declarations: those of the packages, and Node's types. */
function settings() {
  const file = new URL("../../tsconfig.base.json", import.meta.url).pathname;
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, "/");
  return {
    ...options,
    isolatedDeclarations: false,
    declaration: false,
    types: ["node"],
    typeRoots: [new URL("../../node_modules/@types", import.meta.url).pathname],
  };
}

/**
 * The entries of a package that hold declarations, absolute.
 *
 * @param {import("./workspaces.mjs").Workspace} workspace
 * @returns {{ subpath: string, file: string }[]}
 */
export function entriesOf({ path, manifest }) {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    const source = target["@handlekit/source"];
    return source === undefined ? [] : [{ subpath, file: join(path, source) }];
  });
}

/**
 * A program of TypeScript over every entry of every package and some files that are not on the disk.
 *
 * @param {string} root
 * @param {ReadonlyMap<string, string>} files text by absolute path
 */
export function createTypeProgram(root, files) {
  const options = settings();
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name);
  host.readFile = (name) => files.get(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile.call(host, name, languageVersion, ...rest)
      : ts.createSourceFile(name, text, languageVersion, true);
  };
  const entries = listWorkspaces(root).flatMap((workspace) => entriesOf(workspace).map(({ file }) => file));
  return ts.createProgram([...entries, ...files.keys()], options, host);
}
