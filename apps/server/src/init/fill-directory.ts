import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatReference, prefixHandle, type Secret } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openSqlite } from "@handlekit/store-sqlite";
import { SECRET_KEY_INDEX } from "../users/records.ts";
import { createFirstRecords, type FirstUser, PUBLIC_KEY_INDEX } from "./first-records.ts";

/** The content of a data directory. */
export interface DirectoryContent {
  /** The final path of the directory, which the credentials files contain. */
  readonly directory: string;
  readonly url: URL;
  /** The address to listen on. */
  readonly host: string;
  readonly prefix: string;
  /** The administrator's handle. */
  readonly user: string;
  readonly password: Secret;
  /** Settings of a store in a database. Default none: a SQLite file in the directory. */
  readonly database?: { readonly store: string; readonly storePasswordFile?: string | undefined } | undefined;
}

/** Returns the host of a URL, IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** Returns the port of an https URL. */
export function portOf(url: URL): number {
  return url.port === "" ? 443 : Number(url.port);
}

/**
 * Writes the files of a data directory to the empty folder `building`, each with mode 0600.
 *
 * @returns what {@link createFirstRecords} has to write to the store, if that is not a file of the directory
 */
export async function fillDirectory(building: string, content: DirectoryContent): Promise<FirstUser> {
  const { directory, url, host, prefix, user, password, database } = content;
  const write = (name: string, bytes: string | Uint8Array) =>
    writeFile(join(building, name), bytes, { mode: 0o600, flag: "wx" });
  const writeJson = (name: string, json: object) => write(name, `${JSON.stringify(json, null, 2)}\n`);

  const serverKey = await createKeyPair();
  const hosts = [...new Set([hostOf(url), "localhost", "127.0.0.1", "::1"])];
  const server = { privateKey: serverKey.privateKey, subject: "Handle server", hosts };
  await write("server-key.pem", serverKey.privateKey.reveal());
  await write("server-certificate.pem", await createSelfSignedCertificate(server));

  const { privateKey, publicKey } = await createKeyPair();
  const subject = { index: PUBLIC_KEY_INDEX, handle: user };
  await write("admin-key.pem", privateKey.reveal());
  await write("admin-certificate.pem", await createSelfSignedCertificate({ privateKey, subject }));

  const first: FirstUser = { prefix, user, password, publicKey };
  if (database === undefined) await createSqlite(building, first);

  await writeJson("config.json", { host, httpsPort: portOf(url), ...database });
  // B2HANDLE reads handle_server_url, although its documentation says baseuri; PYHANDLE needs the key client.
  const common = {
    client: "rest",
    handle_server_url: url.origin,
    baseuri: url.origin,
    prefix,
    handleowner: formatReference({ index: 200, handle: prefixHandle(prefix) }),
    HTTPS_verify: join(directory, "server-certificate.pem"),
  };
  await writeJson("credentials-password.json", {
    ...common,
    username: formatReference({ index: SECRET_KEY_INDEX, handle: user }),
    password: new TextDecoder().decode(password.reveal()),
  });
  await writeJson("credentials-certificate.json", {
    ...common,
    private_key: join(directory, "admin-key.pem"),
    certificate_only: join(directory, "admin-certificate.pem"),
  });
  return first;
}

async function createSqlite(building: string, first: FirstUser): Promise<void> {
  const { store, close } = await openSqlite({ file: join(building, "store.sqlite") });
  try {
    await createFirstRecords(store, first);
  } finally {
    await close();
  }
  for (const leftover of ["store.sqlite-wal", "store.sqlite-shm"])
    await rm(join(building, leftover), { force: true });
}
