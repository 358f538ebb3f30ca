import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.ts";
import { hdlServer, type Served, serve } from "./hdl.ts";
import { sharedFolder } from "./shared-folder.ts";

export const PREFIX = "20.500.12345";
/** The administrator's password; the canary of the test run. */
export const PASSWORD = "S3CR3T-of-the-administrator";

/** A data directory made by `hdl-server init`, with a server on it. */
export interface Site {
  readonly folder: string;
  readonly directory: string;
  readonly url: string;
  readonly credentials: { readonly password: string; readonly certificate: string };
  /** The present server. */
  server: Served;
  /** Ends the server and removes everything. */
  remove(): Promise<void>;
}

/** The address that a template is made for. */
const TEMPLATE_URL = "https://127.0.0.1:8000";

async function init(directory: string, url: string, flags: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  try {
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
    const common = ["--prefix", PREFIX, "--url", url, "--password-file", passwordFile];
    const { code, stderr } = await hdlServer("init", directory, ...common, ...flags);
    if (code !== 0) throw new Error(stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A data directory that is not to be changed: keys take seconds to make. */
export function siteTemplate(): Promise<string> {
  return sharedFolder("site", (folder) => init(folder, TEMPLATE_URL, []));
}

/** Makes a data directory for a server at `url`, with the keys of {@link siteTemplate}. */
export async function copySite(directory: string, url: string): Promise<void> {
  await cp(await siteTemplate(), directory, { recursive: true });
  const text = await readFile(join(directory, "credentials-password.json"), "utf8");
  const madeIn = dirname((JSON.parse(text) as { HTTPS_verify: string }).HTTPS_verify);
  for (const name of (await readdir(directory)).filter((file) => file.endsWith(".json"))) {
    const before = await readFile(join(directory, name), "utf8");
    const moved = before
      .replaceAll(madeIn, directory)
      .replaceAll(TEMPLATE_URL, url)
      .replace(`"httpsPort": ${new URL(TEMPLATE_URL).port}`, `"httpsPort": ${new URL(url).port}`);
    await writeFile(join(directory, name), moved);
  }
}

/** Makes a site in a temporary folder and serves it with these flags. All have the same keys. */
export function createSite(...flags: readonly string[]): Promise<Site> {
  return serveSite(copySite, flags);
}

/** Makes a site with keys of its own and these flags of `hdl-server init`, and serves it with those of `serve`. */
export function createSiteWith(initFlags: readonly string[], flags: readonly string[]): Promise<Site> {
  return serveSite((directory, url) => init(directory, url, initFlags), flags);
}

async function serveSite(
  make: (directory: string, url: string) => Promise<void>,
  flags: readonly string[],
): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const directory = join(folder, "data");
  const url = `https://127.0.0.1:${await freePort()}`;
  await make(directory, url);
  const site: Site = {
    folder,
    directory,
    url,
    credentials: {
      password: join(directory, "credentials-password.json"),
      certificate: join(directory, "credentials-certificate.json"),
    },
    server: await serve(directory, ...flags),
    async remove() {
      await site.server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return site;
}
