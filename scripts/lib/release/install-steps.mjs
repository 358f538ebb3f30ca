import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCaptured } from "../run-captured.mjs";
import { installLinesOf, useEntries } from "./installation.mjs";
import { outcome } from "./outcome.mjs";

/** @typedef {import("./context.mjs").ReleaseContext} ReleaseContext */
/** @typedef {import("./steps.mjs").ReleaseStep} ReleaseStep */
/** @typedef {import("../workspaces.mjs").Workspace} Workspace */
/** @typedef {"npm" | "pnpm"} ManagerName */

/** @type {import("./programs.mjs").Command} */
const NODE = [process.execPath];

/**
 * Calls a function with a package manager; without one the step is not done.
 *
 * @param {ManagerName} name
 * @param {(context: ReleaseContext, manager: import("./package-managers.mjs").PackageManager) => ReturnType<ReleaseStep["run"]>} run
 * @returns {ReleaseStep["run"]}
 */
const withManager = (name, run) => async (context) => {
  const make = (await context.managers())[name];
  const manager = await make().catch(() => undefined);
  return manager
    ? run(context, manager)
    : { state: "not done", note: `the registry does not answer for ${name}` };
};

/** @param {ManagerName} name */
export const installTogether = (name) =>
  withManager(name, async ({ workspaces, folder, installed }, { add }) => {
    const project = name === "npm" ? await installed() : join(folder, `${name}-together`);
    if (name !== "npm") {
      await add(
        project,
        workspaces.map(({ manifest }) => manifest.name),
      );
    }
    const problems = await useEntries(workspaces, project, NODE);
    return outcome(problems, `${workspaces.length} packages: every entry imported, every program started`);
  });

/** @param {ManagerName} name */
export const installAlone = (name) =>
  withManager(name, async ({ workspaces, folder }, { add }) => {
    /** @type {string[]} */
    const problems = [];
    for (const workspace of workspaces) {
      const project = join(folder, `${name}-alone`, workspace.folder);
      try {
        await add(project, [workspace.manifest.name]);
        problems.push(...(await useEntries([workspace], project, NODE)));
      } catch (error) {
        problems.push(/** @type {Error} */ (error).message);
      }
    }
    return outcome(problems, `${workspaces.length} packages`);
  });

/** @param {ManagerName} name */
export const runReadmes = (name) =>
  withManager(name, async ({ root, workspaces, folder }, { add }) => {
    const sandbox = join(root, "tests/docs/sandbox.ts");
    if (!existsSync(sandbox) || !readFileSync(sandbox, "utf8").includes("HANDLEKIT_INSTALLED")) {
      return { state: "not done", note: "no test runs the blocks of READMEs with installed packages" };
    }
    const project = join(folder, `${name}-readmes`);
    const texts = workspaces.map(({ path }) => readFileSync(join(path, "README.md"), "utf8"));
    const packages = new Set([
      ...workspaces.map(({ manifest }) => manifest.name),
      ...texts.flatMap(installLinesOf),
    ]);
    await add(project, [...packages]);
    const test = ["--project", "integration", "tests/docs/blocks.itest.ts", "-t", "README.md"];
    const env = { ...process.env, HANDLEKIT_INSTALLED: project };
    const { good, output } = await runCaptured([process.execPath, join(root, "scripts/test.mjs"), ...test], {
      cwd: root,
      env,
    });
    const count = /^(\d+) passed/m.exec(output)?.[1] ?? "0";
    return outcome(good ? [] : [output.slice(-6000)], `the blocks of ${count} READMEs`);
  });
