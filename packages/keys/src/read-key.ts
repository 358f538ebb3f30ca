import {
  checkArgument,
  checkOptions,
  checkSecret,
  encodeUtf8,
  type PublicKeyJwk,
  type Secret,
  secret,
} from "@handlekit/core";
import { decryptBin } from "./bin-encryption.ts";
import { decodePrivateBin, decodePublicBin, isPublicBin } from "./bin-key.ts";
import { damagedKey, invalidKey, passphraseWrong, unsupportedKey } from "./invalid-key.ts";
import { decodeSpki, encodePkcs8 } from "./key-numbers.ts";
import { isPem, readPem, readPrivatePem, readPublicPem } from "./pem.ts";

type KeyObject = import("node:crypto").KeyObject;

/** Options of {@link readKey}. */
export interface ReadKeyOptions {
  /** The passphrase of an encrypted private key; it is not used for another. */
  readonly passphrase?: Secret | undefined;
}

/** A key that was read. */
export interface Key {
  /** As an HS_PUBKEY value contains it. */
  readonly publicKey: PublicKeyJwk;
  /** PKCS#8 PEM, unencrypted; undefined for a public key and a certificate. */
  readonly privateKey?: Secret | undefined;
}

/** The size of the largest file that is read, in bytes. */
const MAX_SIZE = 1_048_576;

/** Checks the arguments of a function that reads the content of a key file, and returns its bytes. */
export function checkContent(
  caller: string,
  content: Uint8Array | string,
  options: ReadKeyOptions,
): Uint8Array {
  checkArgument(caller, "content", content, ["bytes", "string"]);
  checkOptions(caller, options, {});
  if (options.passphrase !== undefined) checkSecret(caller, "the option passphrase", options.passphrase);
  const bytes = typeof content === "string" ? encodeUtf8(content) : content;
  if (bytes.length > MAX_SIZE) throw invalidKey(`The key file is larger than ${MAX_SIZE} bytes.`);
  return bytes;
}

/** Returns the SubjectPublicKeyInfo of a public or private key. */
export async function exportSpki(key: KeyObject): Promise<Uint8Array> {
  const { createPublicKey } = await import("node:crypto");
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

/** Returns the keys as {@link readKey} does. */
async function toKey(key: KeyObject): Promise<Key> {
  const publicKey = decodeSpki(await exportSpki(key));
  if (publicKey === undefined) throw unsupportedKey(String(key.asymmetricKeyType).toUpperCase());
  if (key.type !== "private") return { publicKey };
  return { publicKey, privateKey: secret(String(key.export({ type: "pkcs8", format: "pem" }))) };
}

async function readPrivateBin(bytes: Uint8Array, passphrase: Secret | undefined): Promise<Key> {
  const { createPrivateKey } = await import("node:crypto");
  const clear = await decryptBin(bytes, passphrase);
  const numbers = decodePrivateBin(clear);
  if (numbers === undefined) throw bytes[3] === 1 ? damagedKey() : passphraseWrong();
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(encodePkcs8(numbers)), format: "der", type: "pkcs8" });
  } catch {
    throw damagedKey();
  }
  return toKey(key);
}

/**
 * Reads a key: a `.bin` file of Handle.Net (`admpriv.bin`, `admpub.bin`, `privkey.bin`, `pubkey.bin`) in any of its
 * encryptions, or PEM (PKCS#8, PKCS#1, SubjectPublicKeyInfo, a certificate). Of a PEM file with several blocks, a private
 * key takes precedence; else the first block counts.
 *
 * @param content the content of the file, at most 1 MiB
 * @throws HandleError `invalid_key` if it is no RSA or DSA key, damaged, or encrypted and the passphrase is missing or
 *   wrong; `invalid_options` for an argument of the wrong kind
 * @example
 * ```ts
 * const { privateKey } = await readKey(await readFile("admpriv.bin"), { passphrase: secret("correct horse") });
 * ```
 * @see Handle.Net's key files: a 4-byte encryption code, then the key; a public key is the data of an HS_PUBKEY value
 */
export async function readKey(content: Uint8Array | string, options: ReadKeyOptions = {}): Promise<Key> {
  const bytes = checkContent("readKey", content, options);
  if (!isPem(bytes)) {
    if (isPublicBin(bytes)) return { publicKey: decodePublicBin(bytes) };
    return readPrivateBin(bytes, options.passphrase);
  }
  const blocks = readPem(bytes);
  const block = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block) return toKey(await readPrivatePem(block, options.passphrase));
  const first = blocks.find(({ label }) => label.endsWith("PUBLIC KEY") || label === "CERTIFICATE");
  if (first) return toKey(await readPublicPem(first));
  throw invalidKey(`The file contains a ${blocks[0]?.label}, and no key.`);
}
