import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** A registry on this computer. */
export interface LocalRegistry {
  readonly url: string;
  close(): Promise<void>;
}

async function manifestOf(file: string): Promise<Manifest> {
  const { stdout } = await run("tar", ["-xzOf", file, "package/package.json"]);
  return JSON.parse(stdout) as Manifest;
}

/** Packs our packages as they would be published. */
async function packOurs(folder: string): Promise<readonly string[]> {
  const flags = ["--workspaces", "--json", "--ignore-scripts", "--loglevel", "error"];
  const { stdout } = await run("npm", ["pack", ...flags, "--pack-destination", folder], {
    cwd: REPOSITORY,
    maxBuffer: 2 ** 26,
  });
  return (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => join(folder, filename));
}

/** Packs the packages of others that the programs need, as they are installed here. */
async function packForeign(folder: string): Promise<readonly string[]> {
  const flags = ["--parseable", "--all", "--omit=dev", "--workspace=apps/cli", "--workspace=apps/server"];
  const { stdout } = await run("npm", ["ls", ...flags], { cwd: REPOSITORY, maxBuffer: 2 ** 26 });
  const folders = new Set(stdout.split("\n").filter((path) => /node_modules(?!.@handlekit)/.test(path)));
  return Promise.all(
    [...folders].map(async (from, at) => {
      const file = join(folder, `${at}.tgz`);
      const name = "s,^\\.,package,";
      await run("tar", ["-czf", file, "--exclude=./node_modules", `--transform=${name}`, "-C", from, "."]);
      return file;
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
  const files = [...(await packOurs(folder)), ...(await packForeign(folder))];
  const packed = await Promise.all(files.map(async (file) => ({ file, manifest: await manifestOf(file) })));
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
