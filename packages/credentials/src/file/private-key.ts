import { encodeUtf8, invalidOptions, type Secret } from "@handlekit/core";
import type { NamedFile, PemBlock } from "./read-file.ts";

/** The passphrase of an encrypted private key, or a function that asks for it. */
export type Passphrase = Secret | (() => Promise<Secret | undefined>);

/** The kinds of a passphrase option; a string is not in the type, but plain JavaScript may give one. */
export const PASSPHRASE = ["object", "function", "string", "undefined"] as const;

/** Checks that an object is a Secret. */
export function checkPassphrase(caller: string, passphrase: Passphrase | undefined): void {
  if (typeof passphrase !== "object" || typeof passphrase.reveal === "function") return;
  throw invalidOptions(
    `${caller}: the option passphrase must be a Secret or a function.`,
    "Wrap its text: secret(text), from @handlekit/core.",
  );
}

/** A passphrase that may have to be asked for. */
export interface PassphraseSource {
  /** Its origin, for messages. */
  readonly from: string;
  /** Resolves to undefined when there is none. */
  get(): Promise<Secret | undefined>;
}

/** Returns the passphrase: a given Secret, else that of the document, else the result of a given function. */
export function passphraseSource(own: Secret | undefined, given: Passphrase | undefined): PassphraseSource {
  if (typeof given === "function") {
    return own === undefined
      ? { from: "the passphrase that was given", get: given }
      : { from: '"passphrase"', get: () => Promise.resolve(own) };
  }
  const from = given === undefined ? '"passphrase"' : "the passphrase that was given";
  return { from, get: () => Promise.resolve(given ?? own) };
}

/** A private key, and its PEM without encryption. */
export interface PrivateKey {
  readonly key: import("node:crypto").KeyObject;
  readonly pem: string;
  /** Whether it is encrypted in the file. */
  readonly encrypted: boolean;
}

function privateKeyBlock(file: NamedFile): PemBlock {
  const block = file.blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block) return block;
  const isCertificate = file.blocks.some(({ label }) => label === "CERTIFICATE");
  throw file.fail(
    isCertificate ? "holds a certificate, but no private key" : "holds no private key",
    'A private key is between "-----BEGIN PRIVATE KEY-----" and its END line; "private_key" or HDL_PRIVATE_KEY names a separate file for it.',
  );
}

/** Returns the bytes of a passphrase. TypeScript does not allow a string, but plain JavaScript may give one. */
function passphraseBytes(secret: Secret | string): Uint8Array {
  if (typeof secret === "string") return encodeUtf8(secret);
  if (typeof secret?.reveal === "function") return secret.reveal();
  throw invalidOptions(
    "The passphrase of a private key is not a Secret.",
    "Wrap its text: secret(text), from @handlekit/core; a function must return a promise of that, or of undefined.",
  );
}

async function decrypt(file: NamedFile, pem: string, passphrase: PassphraseSource): Promise<PrivateKey> {
  const { createPrivateKey } = await import("node:crypto");
  const { Buffer } = await import("node:buffer");
  const secret = await passphrase.get();
  if (secret === undefined) {
    throw file.fail(
      "is encrypted, and no passphrase was given",
      `Add "passphrase" to the credentials file, or pass it to loadCredentials as an option. Or write a decrypted copy that only you can read: umask 077; openssl pkey -in ${file.path} -out decrypted.pem`,
    );
  }
  const bytes = Buffer.from(passphraseBytes(secret));
  try {
    const key = createPrivateKey({ key: pem, format: "pem", passphrase: bytes });
    return { key, pem: String(key.export({ type: "pkcs8", format: "pem" })), encrypted: true };
  } catch {
    throw file.fail(
      `is encrypted, and ${passphrase.from} does not decrypt it`,
      `Try the passphrase by hand: openssl pkey -noout -in ${file.path}. If it is right there, this runtime may not support the encryption of the file.`,
    );
  }
}

/**
 * Reads the private key in a file. An encrypted key is decrypted in memory.
 *
 * @param passphrase asked only for an encrypted key
 * @throws HandleError `invalid_credentials` when there is no key, it cannot be read, or the passphrase is missing or wrong
 */
export async function readPrivateKey(file: NamedFile, passphrase: PassphraseSource): Promise<PrivateKey> {
  const { label, text } = privateKeyBlock(file);
  if (label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(text)) {
    return decrypt(file, text, passphrase);
  }
  const { createPrivateKey } = await import("node:crypto");
  try {
    return { key: createPrivateKey(text), pem: text, encrypted: false };
  } catch {
    throw file.fail(
      "holds a private key that cannot be read",
      "The file may be truncated, or of a kind that OpenSSL does not support.",
    );
  }
}
