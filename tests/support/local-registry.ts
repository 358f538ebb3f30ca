import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { foreignOf } from "../../scripts/lib/installed.mjs";
import { listWorkspaces, REPOSITORY } from "../../scripts/lib/workspaces.mjs";

const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** A registry on this computer. */
export interface LocalRegistry {
  readonly url: string;
  close(): Promise<void>;
}

interface Packed {
  readonly manifest: Manifest;
  readonly file: string;
}

/** Packs our packages as they would be published. */
async function packOurs(folder: string): Promise<readonly Packed[]> {
  const { stdout } = await run(
    "npm",
    [
      "pack",
      "--workspaces",
      "--json",
      "--ignore-scripts",
      "--loglevel",
      "error",
      "--pack-destination",
      folder,
    ],
    { cwd: REPOSITORY, maxBuffer: 2 ** 26 },
  );
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  const workspaces = listWorkspaces(REPOSITORY);
  return packed.map(({ name, filename }) => {
    const workspace = workspaces.find(({ manifest }) => manifest.name === name);
    if (workspace === undefined) throw new Error(`npm packed ${name}, which is no workspace.`);
    return { manifest: workspace.manifest as Manifest, file: join(folder, filename) };
  });
}

/** Packs the packages of others that ours need, as they are installed here. */
async function packForeign(folder: string): Promise<readonly Packed[]> {
  const workspaces = listWorkspaces(REPOSITORY);
  const ours = new Map(workspaces.map((workspace) => [workspace.manifest.name as string, workspace]));
  const folders = new Set(workspaces.flatMap((one) => [...foreignOf(REPOSITORY, one, ours).keys()]));
  return Promise.all(
    [...folders].map(async (from, at) => {
      const file = join(folder, `${at}.tgz`);
      const name = "s,^\\.,package,";
      await run("tar", ["-czf", file, "--exclude=./node_modules", `--transform=${name}`, "-C", from, "."]);
      const manifest = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as Manifest;
      return { manifest, file };
    }),
  );
}

/**
 * Starts a registry that has our packages, packed as for publication, and those of others that they need, as they are
 * installed here: an installation from it needs no network.
 *
 * @param folder for the tarballs
 */
export async function startLocalRegistry(folder: string): Promise<LocalRegistry> {
  await mkdir(folder, { recursive: true });
  const packed = [...(await packOurs(folder)), ...(await packForeign(folder))];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const tarball = /^-\/(\d+)\.tgz$/.exec(path)?.[1];
    if (tarball !== undefined) {
      readFile(packed[Number(tarball)]?.file ?? "").then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
      return;
    }
    const found = packed.flatMap((one, at) => (one.manifest.name === path ? [{ ...one, at }] : []));
    const versions = found.map(({ manifest, at }) => {
      const dist = { tarball: `http://${request.headers.host}/-/${at}.tgz` };
      return [manifest.version, { ...manifest, dist }] as const;
    });
    const latest = versions.at(-1)?.[0];
    if (latest === undefined) return void response.writeHead(404).end("{}");
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ name: path, "dist-tags": { latest }, versions: Object.fromEntries(versions) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
