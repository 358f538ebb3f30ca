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

/** @type {Map<string, ts.SourceFile | undefined>} */
const parsed = new Map();

/**
 * A host whose parsed files are those of the projects before: most are the same, and the library takes the longest.
 *
 * @param {ts.CompilerOptions} options
 */
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

/** @param {string} project */
function read(project) {
  const config = ts.getParsedCommandLineOfConfigFile(
    `${REPOSITORY}/${project}`,
    { noEmit: true },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.formatDiagnostic(diagnostic, format));
      },
    },
  );
  if (config === undefined) throw new Error(`${project} cannot be read.`);
  return { project, ...config };
}

const configs = projects.map(read);
/** The files of the packages, each in the project of its own. A few, which need Node, are in none. */
const owned = new Set(
  configs.filter(({ options }) => options.declaration).flatMap(({ fileNames }) => fileNames),
);

/**
 * @param {ReturnType<typeof read>} config
 * @returns {readonly ts.Diagnostic[]}
 */
function check({ project, fileNames, options, errors }) {
  const program = ts.createProgram({ rootNames: fileNames, options, host: createHost(options) });
  const own = new Set(fileNames);
  /** @param {ts.SourceFile} file */
  const isWithoutProject = ({ fileName, isDeclarationFile }) =>
    options.declaration === true &&
    !isDeclarationFile &&
    !fileName.includes("/node_modules/") &&
    !owned.has(fileName);
  const files = program.getSourceFiles().filter((file) => own.has(file.fileName) || isWithoutProject(file));
  if (files.length < own.size)
    throw new Error(`${project}: ${own.size} files, of which ${files.length} are seen.`);
  const ofFiles = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
    ...(options.declaration ? program.getDeclarationDiagnostics(file) : []),
  ]);
  return [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...ofFiles];
}

const found = configs.flatMap((config) => {
  const diagnostics = check(config);
  return diagnostics.length === 0 ? [] : [`${config.project}:\n${ts.formatDiagnostics(diagnostics, format)}`];
});
if (found.length > 0) {
  console.error(found.join("\n"));
  process.exitCode = 1;
}
