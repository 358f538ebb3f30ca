import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeValues,
  foldCase,
  formatReference,
  handleKey,
  prefixHandle,
  type Secret,
} from "@handlekit/core";
import { auditEntry, type StoredValue } from "@handlekit/core/store";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openSqlite } from "@handlekit/store-sqlite";
import { keyValue, prefixRecord, SECRET_KEY_INDEX, userAdmin } from "../users/records.ts";

/** The index of the administrator's public key in its record. */
const PUBLIC_KEY_INDEX = 301;

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
}

/** Returns the host of a URL, IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** Returns the port of an https URL. */
export function portOf(url: URL): number {
  return url.port === "" ? 443 : Number(url.port);
}

/** Writes the files of a data directory to the empty folder `building`, each with mode 0600. */
export async function fillDirectory(building: string, content: DirectoryContent): Promise<void> {
  const { directory, url, host, prefix, user, password } = content;
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

  const { store, close } = await openSqlite({ file: join(building, "store.sqlite") });
  const create = (handle: string, values: readonly StoredValue[]) => {
    const who = { time: new Date(), identity: undefined, scheme: "command", address: undefined };
    const entry = auditEntry({ ...who, handle, before: undefined, after: values });
    return store.commit(handleKey(handle), "absent", values, entry);
  };
  try {
    await store.home(foldCase(prefix));
    await store.home("0.NA");
    const administrators = [SECRET_KEY_INDEX, PUBLIC_KEY_INDEX].map((index) => ({ handle: user, index }));
    await create(prefixHandle(prefix), prefixRecord(prefix, administrators));
    // A public HS_ADMIN, so that clients find it, the hidden secret key, and the public key.
    const values = [
      userAdmin(prefix),
      keyValue(SECRET_KEY_INDEX, { password }),
      keyValue(PUBLIC_KEY_INDEX, { publicKey }),
    ];
    await create(user, encodeValues(values));
  } finally {
    await close();
  }

  for (const leftover of ["store.sqlite-wal", "store.sqlite-shm"])
    await rm(join(building, leftover), { force: true });

  await writeJson("config.json", { host, httpsPort: portOf(url) });
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
}
