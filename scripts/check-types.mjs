// Checks the whole tree, then each package under its own settings, as `tsc -p PROJECT --noEmit` does for the files of each.
import ts from "typescript";
import { listWorkspaces, REPOSITORY } from "./lib/workspaces.mjs";

const projects = [
  "tsconfig.json",
  "scripts/tsconfig.json",
  "examples/tsconfig.json",
  ...listWorkspaces(REPOSITORY).map(({ folder }) => `${folder}/tsconfig.json`),
];

/** @type {ts.FormatDiagnosticsHost} */
const format = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => REPOSITORY,
  getNewLine: () => "\n",
};

/**
 * A host whose parsed files are those of the projects before: most are the same, and the library takes the longest.
 *
 * @type {Map<string, ts.SourceFile | undefined>}
 */
const parsed = new Map();

/** @param {ts.CompilerOptions} options */
function createHost(options) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, how, ...rest) => {
    const key = `${name}\n${JSON.stringify(how)}`;
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, how, ...rest));
    return parsed.get(key);
  };
  return host;
}

/**
 * @param {string} project
 * @returns {readonly ts.Diagnostic[]}
 */
function check(project) {
  const read = ts.getParsedCommandLineOfConfigFile(
    `${REPOSITORY}/${project}`,
    { noEmit: true },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.formatDiagnostic(diagnostic, format));
      },
    },
  );
  if (read === undefined) throw new Error(`${project} cannot be read.`);
  const { fileNames, options, errors } = read;
  const program = ts.createProgram({ rootNames: fileNames, options, host: createHost(options) });
  const own = new Set(fileNames);
  const files = program.getSourceFiles().filter(({ fileName }) => own.has(fileName));
  const ofFiles = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
    ...(options.declaration ? program.getDeclarationDiagnostics(file) : []),
  ]);
  return [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...ofFiles];
}

const found = projects.flatMap((project) => {
  const diagnostics = check(project);
  return diagnostics.length === 0 ? [] : [`${project}:\n${ts.formatDiagnostics(diagnostics, format)}`];
});
if (found.length > 0) {
  console.error(found.join("\n"));
  process.exitCode = 1;
}
