import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * @typedef {object} Packed a package as npm would publish it
 * @property {string} name
 * @property {string} file the tarball
 * @property {string[]} files the paths in it
 * @property {number} size bytes of the tarball
 * @property {number} unpackedSize
 */

/**
 * Packs our packages as they would be published. They must be built.
 *
 * @param {string} root
 * @param {string} folder for the tarballs
 * @returns {Promise<Packed[]>}
 */
export async function packOurs(root, folder) {
  await mkdir(folder, { recursive: true });
  const flags = ["--workspaces", "--json", "--ignore-scripts", "--loglevel", "error"];
  const { stdout } = await run("npm", ["pack", ...flags, "--pack-destination", folder], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout).map((/** @type {any} */ { name, filename, files, size, unpackedSize }) => ({
    name,
    file: join(folder, filename),
    files: files.map((/** @type {{ path: string }} */ { path }) => path),
    size,
    unpackedSize,
  }));
}

/** @param {string} file a tarball */
async function describeTarball(file) {
  const [{ stdout }, bytes] = await Promise.all([
    run("tar", ["-xzOf", file, "package/package.json"]),
    readFile(file),
  ]);
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  return { bytes, integrity, manifest: JSON.parse(stdout) };
}

/**
 * Starts a registry on this computer that has some tarballs. What it does not have it takes from another registry, if
 * it is given one.
 *
 * @param {readonly string[]} tarballs
 * @param {string} [upstream] such as `https://registry.npmjs.org/`
 */
export async function startRegistry(tarballs, upstream) {
  const packed = await Promise.all(tarballs.map(describeTarball));

  /** @param {string} name @param {string} host */
  function describe(name, host) {
    const versions = packed.flatMap(({ manifest, integrity }, at) =>
      manifest.name === name
        ? [[manifest.version, { ...manifest, dist: { tarball: `http://${host}/-/${at}.tgz`, integrity } }]]
        : [],
    );
    const latest = versions.at(-1)?.[0];
    if (latest === undefined) return undefined;
    return { name, "dist-tags": { latest }, versions: Object.fromEntries(versions) };
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async function answer({ url = "", headers: { host = "", accept } }, response) {
    const path = decodeURIComponent(url).slice(1);
    const tarball = packed[Number(/^-\/(\d+)\.tgz$/.exec(path)?.[1])];
    if (tarball) return response.end(tarball.bytes);
    const found = describe(path, host);
    if (found) return response.setHeader("content-type", "application/json").end(JSON.stringify(found));
    if (upstream === undefined) return response.writeHead(404).end("{}");
    const other = await fetch(new URL(url.slice(1), upstream), { headers: accept ? { accept } : {} });
    const type = other.headers.get("content-type") ?? "application/octet-stream";
    const bytes = Buffer.from(await other.arrayBuffer());
    return response.writeHead(other.status, { "content-type": type }).end(bytes);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) =>
      response.writeHead(502).end(JSON.stringify({ error: `${error}` })),
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    /** @returns {Promise<void>} */
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
