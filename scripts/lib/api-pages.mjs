import { mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { Application } from "typedoc";
import { entriesOf } from "./type-program.mjs";
import { listWorkspaces } from "./workspaces.mjs";

/**
 * Writes the API reference of every package from its docstrings: one page for each entry, and an index.
 *
 * @param {string} root
 * @param {string} folder for the pages, which is emptied
 */
export async function writeApiPages(root, folder) {
  const entries = listWorkspaces(root)
    .filter(({ folder: name }) => name.startsWith("packages/"))
    .flatMap((workspace) =>
      entriesOf(workspace).map(({ subpath, file }) => ({
        file,
        name: `${workspace.manifest.name.replace("@handlekit/", "")}${subpath.replace(/^\.\/?/, ".")}`.replace(
          /\.$/,
          "",
        ),
      })),
    );
  const application = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: entries.map(({ file }) => file),
    tsconfig: join(root, "tsconfig.json"),
    basePath: root,
    out: folder,
    logLevel: "Error",
    skipErrorChecking: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    githubPages: false,
    readme: "none",
    name: "TypeScript API",
    validation: false,
    ...{
      router: "module",
      hidePageHeader: true,
      hideBreadcrumbs: true,
      hideGroupHeadings: false,
      entryFileName: "index",
      useCodeBlocks: true,
      useHTMLAnchors: true,
      sanitizeComments: true,
      parametersFormat: "table",
      interfacePropertiesFormat: "table",
      typeDeclarationFormat: "table",
      enumMembersFormat: "table",
      tableColumnSettings: {
        hideModifiers: true,
        hideInherited: true,
        hideOverrides: true,
        hideSources: true,
      },
      pageTitleTemplates: {
        module: (/** @type {{ name: string }} */ { name }) => `@handlekit/${name.replace(".", "/")}`,
      },
    },
  });
  const project = await application.convert();
  if (!project) throw new Error("typedoc could not read the packages.");
  for (const module of project.children ?? []) {
    const entry = entries.find(({ file }) => relative(root, file) === `${module.name}.ts`);
    if (!entry) throw new Error(`typedoc has a module ${module.name}, which is no entry of a package.`);
    module.name = entry.name;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await application.generateOutputs(project);
}
