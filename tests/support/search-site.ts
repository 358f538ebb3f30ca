import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeValues,
  foldCase,
  type HandleValueInput,
  handleKey,
  type Logger,
  parseReference,
  secret,
} from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openMemory } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { settingsSchema } from "../../apps/server/src/settings.ts";
import { type RunningServer, startServer } from "../../apps/server/src/start-server.ts";
import { PASSWORD, PREFIX } from "./site.ts";

/** A prefix whose handles the administrator of {@link PREFIX} may not list. */
export const ELSEWHERE = "20.500.999";
/** The account of the settings, which may search all prefixes. */
export const READER = { username: "reader", password: "S3CR3T of the reader%é" };
export const ADMIN = `300:${PREFIX}/ADMIN`;
/** A user without rights. */
export const OTHER = { username: `300:${PREFIX}/OTHER`, password: "S3CR3T-of-another" };

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens a store in a folder. */
type Open = (folder: string) => Promise<OpenedStore>;

export const openSqliteFile: Open = (folder) => openSqlite({ file: join(folder, "store.sqlite") });

/** The stores that can search, by name. */
export const STORES: readonly (readonly [name: string, open: Open])[] = [
  ["memory", async () => openMemory()],
  ["SQLite", openSqliteFile],
];

/** A running server with records to search. */
export interface SearchSite {
  readonly folder: string;
  readonly url: string;
  /** The same server over plain HTTP. */
  readonly http: string;
  /** Its certificate, as PEM, and the file with it. */
  readonly ca: string;
  readonly caFile: string;
  /** Writes a credentials file for the server, and returns its path. */
  credentials(name: string, more: object): Promise<string>;
  remove(): Promise<void>;
}

const userRecord = (password: string): readonly HandleValueInput[] => [
  { index: 300, type: "HS_SECKEY", data: password, permissions: "1100" },
];

const prefixRecord = (prefix: string, admin: string): readonly HandleValueInput[] => [
  {
    index: 100,
    type: "HS_ADMIN",
    data: {
      format: "admin",
      value: { handle: `0.NA/${prefix}`, index: 200, permissions: "111111110011" },
    },
  },
  { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [parseReference(admin)] } },
];

async function fill({ store }: OpenedStore): Promise<void> {
  for (const prefix of ["0.NA", PREFIX, ELSEWHERE]) await store.home(foldCase(prefix));
  const url = (text: string, more: readonly HandleValueInput[] = []) => [
    { index: 1, type: "URL", data: text },
    ...more,
  ];
  const records: Readonly<Record<string, readonly HandleValueInput[]>> = {
    [`0.NA/${PREFIX}`]: prefixRecord(PREFIX, ADMIN),
    [`0.NA/${ELSEWHERE}`]: prefixRecord(ELSEWHERE, `300:${ELSEWHERE}/ADMIN`),
    [`${PREFIX}/ADMIN`]: userRecord(PASSWORD),
    [`${PREFIX}/OTHER`]: userRecord(OTHER.password),
    [`${PREFIX}/1`]: url("https://example.org/a?x=1&y=2", [{ index: 2, type: "CHECKSUM", data: "abc" }]),
    [`${PREFIX}/2`]: url("https://example.org/b c", [{ index: 2, type: "CHECKSUM", data: "abc" }]),
    [`${PREFIX}/3`]: url("https://example.com/é", [{ index: 2, type: "NOTE", data: "100% of a_b" }]),
    [`${ELSEWHERE}/4`]: url("https://example.org/d"),
  };
  for (const [handle, values] of Object.entries(records)) {
    await store.commit(handleKey(handle), "absent", encodeValues(values));
  }
}

/** Starts a server over TLS and plain HTTP on a store, which it fills with records. */
export async function createSearchSite(open: Open): Promise<SearchSite> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const opened = await open(folder);
  await fill(opened);
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const ca = await createSelfSignedCertificate({
    privateKey,
    subject: "Handle server",
    hosts: ["127.0.0.1", "localhost"],
  });
  const caFile = join(folder, "server-certificate.pem");
  await writeFile(caFile, ca);
  const server: RunningServer = await startServer({
    opened,
    settings: settingsSchema.parse({
      httpsPort: 0,
      httpPort: 0,
      accessLog: false,
      searchUser: READER.username,
    }),
    tls: { certificate: ca, key: new TextDecoder().decode(privateKey.reveal()) },
    sessionKey: secret(randomBytes(32)),
    searchPassword: secret(READER.password),
    log: silent,
  });
  const [url = "", http = ""] = server.urls;
  return {
    folder,
    url,
    http,
    ca,
    caFile,
    async credentials(name, more) {
      const file = join(folder, name);
      const content = { handle_server_url: url, HTTPS_verify: caFile, ...more };
      await writeFile(file, JSON.stringify(content), { mode: 0o600 });
      return file;
    },
    async remove() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
