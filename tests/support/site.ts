import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { hdlServer, type Served, serve } from "./hdl.ts";

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

/** Makes a site in a temporary folder and serves it with these flags. */
export function createSite(...flags: readonly string[]): Promise<Site> {
  return createSiteWith([], flags);
}

/** Makes a site with these flags of `hdl-server init`, and serves it with those of `serve`. */
export async function createSiteWith(initFlags: readonly string[], flags: readonly string[]): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const directory = join(folder, "data");
  const url = `https://127.0.0.1:${await freePort()}`;
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  const made = await hdlServer(
    "init",
    directory,
    "--prefix",
    PREFIX,
    "--url",
    url,
    "--password-file",
    passwordFile,
    ...initFlags,
  );
  if (made.code !== 0) throw new Error(made.stderr);
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
