// The place where the blocks of a page are run: a folder of its own, our programs, and what the pages take for granted.
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/free-port.ts";
import { hdl, hdlServer, type Served, serve } from "../support/hdl.ts";
import { copySite, siteTemplate } from "../support/site.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
/** Where the packages are installed: in this tree, or where npm run release:check has installed the packed ones. */
const { HANDLEKIT_INSTALLED: INSTALLED = REPOSITORY } = process.env;
/** A port as pages write it: in an address, as a flag, or as an argument of listen. */
const PORT =
  /(127\.0\.0\.1:|localhost:|handle\.example\.org:|listen\(|--(?:https|http|metrics)-port )(\d{4,5})\b/g;
const SITE = "https://handle.example.org:8000";
const ARDC = "https://demo.identifiers.ardc.edu.au/pids";

/** Programs that pages use in place of what is not done here. */
const SHIMS: Readonly<Record<string, string>> = {
  // Installs nothing: the packages are those of this tree.
  npm: `
case "$1" in ci|link) exit 0 ;; install) shift ;; *) echo "npm $1 is not run here" >&2; exit 1 ;; esac
for word; do
  case "$word" in -*) continue ;; esac
  name=$(printf %s "$word" | sed 's/\\(.\\)@[^/]*$/\\1/')
  [ -e "$REPOSITORY/node_modules/$name/package.json" ] || { echo "no package $name" >&2; exit 1; }
done`,
  deno: `
[ "$1" = add ] || { echo "deno $1 is not run here" >&2; exit 1; }
shift
for word; do [ -e "$REPOSITORY/node_modules/\${word#npm:}/package.json" ] || { echo "no package $word" >&2; exit 1; }; done`,
  npx: `
[ "$1" = -y ] && shift
name=$1; shift
case "$name" in @handlekit/cli) name=hdl ;; @handlekit/server) name=hdl-server ;; esac
exec "$name" "$@"`,
  hdl: `exec node "$INSTALLED/node_modules/@handlekit/cli/bin/hdl.js" "$@"`,
  // Pages leave out --url, whose default is port 8000.
  "hdl-server": `
case "$1 $*" in
  "init "*--url*) ;;
  "init "*) exec node "$INSTALLED/node_modules/@handlekit/server/bin/hdl-server.js" "$@" --url "https://127.0.0.1:$PORT_8000" ;;
esac
exec node "$INSTALLED/node_modules/@handlekit/server/bin/hdl-server.js" "$@"`,
};

/** The place of one page. */
export interface Sandbox {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes the ports and addresses of this place into a text of the page. */
  localise(text: string): string;
  stop(): Promise<void>;
}

/**
 * Makes the place of a page.
 *
 * @param text of all blocks that are run
 */
export async function createSandbox(folder: string, text: string): Promise<Sandbox> {
  await mkdir(folder);
  await symlink(join(INSTALLED, "node_modules"), join(folder, "node_modules"));
  const bin = join(folder, ".bin");
  await mkdir(bin);
  for (const [name, script] of Object.entries(SHIMS)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const written = ["8000", ...[...text.matchAll(PORT)].map(([, , port = ""]) => port)];
  const ports = new Map<string, number>();
  for (const port of new Set(written)) ports.set(port, await freePort());
  const url = `https://127.0.0.1:${ports.get("8000")}`;
  const localise = (page: string) =>
    page
      .replaceAll(SITE, "https://127.0.0.1:8000")
      .replaceAll(ARDC, "https://127.0.0.1:8000/pids")
      .replace(PORT, (_, before: string, port: string) => `${before}${ports.get(port)}`);
  const env: Record<string, string> = {
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    HOME: folder,
    LANG: "C.UTF-8",
    REPOSITORY,
    INSTALLED,
    PORT_8000: String(ports.get("8000")),
  };
  await addFiles(folder, text);
  let server: Served | undefined;
  const isOwn = /hdl-server init data\b/.test(text);
  if (
    !isOwn &&
    /\bdata\b|handle\.example\.org|credentials\.json|127\.0\.0\.1:8000|ARDC_|\bhdl(-server)? /.test(text)
  ) {
    await createData(folder, url);
    // A page that starts the server itself finds it stopped.
    if (!/hdl-server serve data\b/.test(text)) server = await serve(join(folder, "data"));
    Object.assign(env, await ardcAccount(folder, text), await passwordOf(folder, text));
  }
  return {
    folder,
    env,
    localise,
    async stop() {
      await server?.stop();
    },
  };
}

/** Makes the data directory `data`, with the files that pages take for somebody's own beside it. */
async function createData(folder: string, url: string): Promise<void> {
  const data = join(folder, "data");
  await copySite(data, url);
  const config = join(data, "config.json");
  const settings = JSON.parse(await readFile(config, "utf8")) as object;
  await writeFile(config, JSON.stringify({ ...settings, ardcPrefix: "20.500.12345" }));
  for (const [from, to] of [
    ["credentials-password.json", "credentials.json"],
    ["server-certificate.pem", "handle-server.pem"],
    ["admin-certificate.pem", "certificate.pem"],
    ["admin-key.pem", "key.pem"],
  ] as const) {
    await cp(join(data, from), join(folder, to));
  }
}

/** Writes the files that a page names and does not make. */
async function addFiles(folder: string, text: string): Promise<void> {
  if (text.includes("alice.pem"))
    await cp(join(await siteTemplate(), "admin-certificate.pem"), join(folder, "alice.pem"));
  if (text.includes("new-password"))
    await writeFile(join(folder, "new-password"), "S3CR3T-new\n", { mode: 0o600 });
  if (text.includes("admpriv.bin")) {
    const passphrase = join(folder, "passphrase.txt");
    await writeFile(passphrase, "correct horse", { mode: 0o600 });
    const flags = ["--new-passphrase-file", passphrase, "-o", join(folder, "admpriv.bin")];
    await hdl("key", "convert", join(await siteTemplate(), "admin-key.pem"), ...flags);
  }
}

/** The administrator's password as a variable, for pages that name it; and trust, for a `fetch` without a CA. */
async function passwordOf(folder: string, text: string): Promise<Record<string, string>> {
  if (!text.includes("HANDLE_PASSWORD")) return {};
  const { password } = JSON.parse(await readFile(join(folder, "credentials.json"), "utf8")) as {
    password: string;
  };
  return { HANDLE_PASSWORD: password, NODE_EXTRA_CA_CERTS: join(folder, "handle-server.pem") };
}

/** The variables of an account of the ARDC service, for pages that name them; and trust in the server for its address. */
async function ardcAccount(folder: string, text: string): Promise<Record<string, string>> {
  if (!text.includes("ARDC_")) return {};
  const added = await hdlServer("clients", "add", join(folder, "data"), "--description", "a page");
  const { appId, sharedSecret } = JSON.parse(added.stdout) as { appId: string; sharedSecret: string };
  return {
    ARDC_APP_ID: appId,
    ARDC_SHARED_SECRET: sharedSecret,
    ARDC_IDENTIFIER: "ExampleUser",
    ARDC_AUTH_DOMAIN: "example.org",
    // The address on the page is that of a service whose certificate every computer trusts.
    NODE_EXTRA_CA_CERTS: join(folder, "handle-server.pem"),
  };
}
