import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  decodeUtf8,
  encodePublicKey,
  formatReference,
  type PublicKeyJwk,
  printable,
  type Secret,
  sameBytes,
  secret,
  type ValueReference,
} from "@handlekit/core";
import { parseCredentials } from "@handlekit/credentials";
import { type DocumentToSave, saveCredentials } from "@handlekit/credentials/file";
import { createKeyPair, createSelfSignedCertificate, describeKeys, type Key, readKey } from "@handlekit/keys";
import { readSmallFile, writeNewFile } from "../key-files.ts";
import type { readTrusted } from "../open-transport.ts";
import { usageError } from "../usage-error.ts";

/** The files of a user, absolute. */
export interface UserFiles {
  readonly folder: string;
  readonly credentials: string;
  readonly key: string;
  readonly certificate: string;
  /** The CA file that the certificate of the server is verified with. */
  readonly ca: string;
}

/** How to reach the server, as the credentials file says it. */
export interface ServerAccess {
  readonly server: string;
  /** How its certificate is verified. */
  readonly trusted: ReturnType<typeof readTrusted>;
}

const LONGEST = 100;

/** Names the files of a user after its index, prefix and suffix, with characters that every file system accepts. */
export function nameFiles({ index, handle }: ValueReference, folder: string): UserFiles {
  const safe = `${index}_${handle}`.replace(/[^A-Za-z0-9.-]+/g, "_").slice(0, LONGEST);
  const file = (end: string) => join(resolve(folder), `${safe}_${end}`);
  return {
    folder: resolve(folder),
    credentials: file("credentials.json"),
    key: file("key.pem"),
    certificate: file("certificate.pem"),
    ca: file("server.pem"),
  };
}

export const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

function belongsToOther(path: string, what: string): Error {
  return usageError(
    `The file ${printable(path)} exists, and ${what}.`,
    "Give another folder with -o FOLDER, or move the file away.",
  );
}

/** A thing that exists now, and whether it did before. */
export interface Made<T> {
  readonly value: T;
  readonly made: boolean;
}

/** The private key of a user with its public key. */
export type PrivateKey = Required<Pick<Key, "publicKey">> & { readonly privateKey: Secret };

/** Reads the private key of the user, if its file exists. */
export async function readOwnKey(files: UserFiles): Promise<PrivateKey | undefined> {
  if (!(await exists(files.key))) return undefined;
  const { privateKey, publicKey } = await readKey(await readSmallFile(files.key));
  if (privateKey === undefined) throw belongsToOther(files.key, "it has no private key");
  return { privateKey, publicKey };
}

/** Reads the key of the user, or makes one of 3072 bits and writes it. */
export async function ownKey(files: UserFiles): Promise<Made<PrivateKey>> {
  const there = await readOwnKey(files);
  if (there) return { value: there, made: false };
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const pair = await createKeyPair();
  await writeNewFile(files.key, pair.privateKey.reveal(), 0o600);
  return { value: pair, made: true };
}

export function samePublicKey(a: PublicKeyJwk, b: PublicKeyJwk): boolean {
  return sameBytes(encodePublicKey(a), encodePublicKey(b));
}

/** Makes the self-signed certificate of the user, or checks the one that exists. */
export async function ownCertificate(
  files: UserFiles,
  identity: ValueReference,
  { privateKey, publicKey }: PrivateKey,
): Promise<Made<Date>> {
  const there = await exists(files.certificate);
  if (!there) {
    const pem = await createSelfSignedCertificate({ privateKey, subject: identity });
    await writeNewFile(files.certificate, Buffer.from(pem), 0o600);
  }
  const [found] = await describeKeys(await readSmallFile(files.certificate));
  const { certificate, publicKey: certified } = found ?? {};
  const named = certificate?.identity && formatReference(certificate.identity);
  if (certificate === undefined || named !== formatReference(identity)) {
    throw belongsToOther(files.certificate, `is not a certificate of ${formatReference(identity)}`);
  }
  if (certified === undefined || !samePublicKey(certified, publicKey)) {
    throw belongsToOther(files.certificate, `is not that of the key in ${printable(files.key)}`);
  }
  return { value: certificate.validTo, made: !there };
}

/** Reads the password in the credentials file of the user, if it exists. */
export async function readOwnPassword(
  files: UserFiles,
  identity: ValueReference,
): Promise<Secret | undefined> {
  const login = await readOwnLogin(files, identity);
  if (login === undefined) return undefined;
  if (login.kind !== "password") throw belongsToOther(files.credentials, "has a certificate, no password");
  return login.password;
}

/** Reads the login in the credentials file, which must be this user's. A certificate names its user itself. */
async function readOwnLogin(files: UserFiles, identity: ValueReference) {
  if (!(await exists(files.credentials))) return undefined;
  const text = decodeUtf8(await readSmallFile(files.credentials)) ?? "";
  const { login } = parseCredentials(text, { source: files.credentials });
  const own =
    login?.kind === "password"
      ? formatReference(login.identity) === formatReference(identity)
      : login !== undefined && resolve(files.folder, login.certificateFile) === files.certificate;
  if (!own) throw belongsToOther(files.credentials, `has no login of ${formatReference(identity)}`);
  return login;
}

/** Writes what the server's certificate is verified with, and returns the members of the credentials that say so. */
async function writeTrust(
  files: UserFiles,
  { ca, trust, verify }: ServerAccess["trusted"],
): Promise<Pick<DocumentToSave, "httpsVerify" | "trust">> {
  if (trust && "fingerprint" in trust) return { trust: { fingerprint: trust.fingerprint } };
  const own = trust && ("certificate" in trust ? trust.certificate : trust.publicKey);
  const pem = own ?? ca;
  if (typeof pem !== "string") return { httpsVerify: verify };
  const bytes = Buffer.from(pem);
  if (!(await exists(files.ca))) await writeNewFile(files.ca, bytes, 0o644);
  else if (!bytes.equals(await readSmallFile(files.ca)))
    throw belongsToOther(files.ca, "has another certificate");
  return own === undefined ? { httpsVerify: { caFile: files.ca } } : { trust: { file: files.ca } };
}

/** Writes the credentials file of the user, and beside it what the server's certificate is verified with. */
export async function ownCredentials(
  files: UserFiles,
  identity: ValueReference,
  { server, trusted }: ServerAccess,
  password: Secret | undefined,
): Promise<Made<undefined>> {
  const login = await readOwnLogin(files, identity);
  if (login !== undefined) {
    if ((login.kind === "password") !== (password !== undefined)) {
      throw belongsToOther(files.credentials, `has a login by ${login.kind}`);
    }
    return { value: undefined, made: false };
  }
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const trust = await writeTrust(files, trusted);
  await saveCredentials(files.credentials, {
    server,
    login:
      password === undefined
        ? { kind: "certificate", certificateFile: files.certificate, keyFile: files.key }
        : { kind: "password", identity, password },
    ...trust,
  });
  return { value: undefined, made: true };
}

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/** Makes a password of 193 bits. */
export async function makePassword(): Promise<Secret> {
  const { randomInt } = await import("node:crypto");
  return secret(Array.from({ length: 32 }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join(""));
}
