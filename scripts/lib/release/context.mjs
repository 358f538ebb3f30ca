import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packOurs, startRegistry } from "../registry.mjs";
import { runCaptured } from "../run-captured.mjs";
import { listWorkspaces } from "../workspaces.mjs";
import { addPrograms, EXAMPLE_PACKAGES } from "./installation.mjs";
import { packageManagers } from "./package-managers.mjs";
import { startSite } from "./site.mjs";

/** @typedef {import("../workspaces.mjs").Workspace} Workspace */
/** @typedef {Awaited<ReturnType<typeof createContext>>} ReleaseContext */

/**
 * Calls a function once, at the first call, and returns the same promise each time.
 *
 * @template T
 * @param {() => Promise<T>} make
 */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Parts that the steps of `npm run release:check` share, made when the first of them needs it.
 *
 * @param {string} root
 * @param {boolean} quick
 */
export async function createContext(root, quick) {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-release-"));
  const workspaces = listWorkspaces(root);
  /** @type {(() => Promise<unknown>)[]} */
  const ends = [];

  const packed = once(() => packOurs(root, join(folder, "tarballs")));

  const managers = once(async () => {
    const { output } = await runCaptured(["npm", "config", "get", "registry"], { cwd: root });
    const registry = await startRegistry(
      (await packed()).map(({ file }) => file),
      output.trim(),
    );
    ends.push(() => registry.close());
    return packageManagers({ registry: registry.url, folder });
  });

  /** All packages in one folder, installed by npm. */
  const installed = once(async () => {
    const project = join(folder, "npm-together");
    const { add } = await (await managers()).npm();
    await add(project, [...workspaces.map(({ manifest }) => manifest.name), ...EXAMPLE_PACKAGES]);
    addPrograms(root, project);
    return project;
  });

  /** `hdl-server` of the installation, on the Node that runs this. */
  const site = once(async () => {
    const started = await startSite([process.execPath], await installed());
    ends.push(() => started.stop());
    return started;
  });

  return {
    root,
    quick,
    folder,
    workspaces,
    packed,
    managers,
    installed,
    site,
    async close() {
      for (const end of ends.reverse()) await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
