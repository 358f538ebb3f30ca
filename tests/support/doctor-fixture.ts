import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { secret } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import {
  type Authority,
  type CertifiedKey,
  createAuthority,
} from "../../packages/transport/test/certificates.ts";
import { type Opened, openHttps, passTo } from "./faulty-server.ts";
import { admin, secretKey } from "./handle-values.ts";
import { createSite, createSiteWith, PASSWORD, PREFIX, type Site } from "./site.ts";

export const HOUR = 3_600_000;

/** A certificate with its key as options of a TLS server. */
export const toTls = ({ certificate, key }: CertifiedKey): { cert: string; key: string } => ({
  cert: certificate,
  key,
});

/** Real servers, a certificate authority, and ways to stand between `hdl` and a server. */
export interface DoctorFixture {
  readonly site: Site;
  /** Another server, with the same prefix and other keys. */
  readonly foreign: Site;
  readonly authority: Authority;
  /** The path of a file beside the site. */
  file(name: string): string;
  /** The path of a file of the site. */
  own(name: string): string;
  newKey(): Promise<string>;
  /** The options for the administrator's login. */
  login(): readonly string[];
  certificateLogin(): readonly string[];
  /** Writes a credentials file, and returns the option for it. */
  credentials(document: object): Promise<readonly string[]>;
  password(username?: string, password?: string): Promise<readonly string[]>;
  /** A login with the administrator's key, or another, and a certificate for a subject. */
  certificate(subject: string, key?: string): Promise<readonly string[]>;
  /** The options for a server with a certificate of the authority. */
  trusting(url: string): readonly string[];
  /** Keeps a server until `closeServers`, and returns its address. */
  keep(server: Promise<Opened>): Promise<string>;
  /** An HTTPS server of the authority, with other TLS options, that passes everything on to the site. */
  passing(tls: object): Promise<string>;
  /** An HTTPS server of the authority with a listener of its own, and the options for it. */
  answering(listener: RequestListener): Promise<readonly string[]>;
  closeServers(): Promise<void>;
  remove(): Promise<void>;
}

/** Creates the servers. `20.500.12345/BOB` is a user without rights. */
export async function createDoctorFixture(): Promise<DoctorFixture> {
  const site = await createSite("--http-port", "0");
  const foreign = await createSiteWith([], []);
  const file = (name: string) => join(site.folder, name);
  const own = (name: string) => join(site.directory, name);
  const authority = await createAuthority("Authority");
  await writeFile(file("authority.pem"), authority.certificate);
  const tls = toTls(await authority.issue({ subject: "proxy", hosts: ["127.0.0.1"] }));
  const adminKey = await readFile(own("admin-key.pem"), "utf8");
  const client = createClient(await loadCredentials(site.credentials.password));
  await client.create(`${PREFIX}/BOB`, [secretKey(300, PASSWORD), admin(100, `300:${PREFIX}/BOB`)]);
  await client.close();
  const opened: Opened[] = [];

  const fixture: DoctorFixture = {
    site,
    foreign,
    authority,
    file,
    own,
    newKey: async () => Buffer.from((await createKeyPair()).privateKey.reveal()).toString(),
    login: () => ["--credentials", site.credentials.password],
    certificateLogin: () => ["--credentials", site.credentials.certificate],
    async credentials(document) {
      const path = file("credentials.json");
      const verify = own("server-certificate.pem");
      const whole = { handle_server_url: site.url, HTTPS_verify: verify, ...document };
      await writeFile(path, JSON.stringify(whole), { mode: 0o600 });
      return ["--credentials", path];
    },
    password: (username = `300:${PREFIX}/ADMIN`, password = PASSWORD) =>
      fixture.credentials({ username, password }),
    async certificate(subject, key = adminKey) {
      await mkdir(file("login"), { recursive: true });
      const pem = await createSelfSignedCertificate({ privateKey: secret(key), subject });
      const paths = { certificate_only: file("login/certificate.pem"), private_key: file("login/key.pem") };
      await writeFile(paths.certificate_only, pem);
      await writeFile(paths.private_key, key, { mode: 0o600 });
      return fixture.credentials(paths);
    },
    trusting: (url) => ["--server", url, "--ca", file("authority.pem")],
    async keep(server) {
      const one = await server;
      opened.push(one);
      return one.url;
    },
    passing: (options) =>
      fixture.keep(
        openHttps({ ...tls, ...options }, (request, response) => passTo(site.url, request, response)),
      ),
    answering: async (listener) => fixture.trusting(await fixture.keep(openHttps(tls, listener))),
    async closeServers() {
      for (const server of opened.splice(0)) await server.close();
    },
    async remove() {
      await foreign.remove();
      await site.remove();
    },
  };
  return fixture;
}
