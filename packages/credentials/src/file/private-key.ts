import type { Secret } from "@handlekit/core";
import type { NamedFile } from "./named-file.ts";
import type { PemBlock } from "./pem.ts";

/** Where a passphrase is from, for messages, and how to get it; undefined when there is none after all. */
export interface PassphraseSource {
  readonly from: string;
  get(): Promise<Secret | undefined>;
}

/** A private key, and its PEM without encryption. */
export interface PrivateKey {
  readonly key: import("node:crypto").KeyObject;
  readonly pem: string;
  /** Whether the file holds it encrypted. */
  readonly encrypted: boolean;
}

function privateKeyBlock(file: NamedFile): PemBlock {
  const block = file.blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block) return block;
  const isCertificate = file.blocks.some(({ label }) => label === "CERTIFICATE");
  throw file.fail(
    isCertificate ? "holds a certificate, but no private key" : "holds no private key",
    'A private key is between "-----BEGIN PRIVATE KEY-----" and its END line; "private_key" or HDL_PRIVATE_KEY names a file of its own for it.',
  );
}

async function decrypt(file: NamedFile, pem: string, passphrase: PassphraseSource): Promise<PrivateKey> {
  const { createPrivateKey } = await import("node:crypto");
  const { Buffer } = await import("node:buffer");
  const secret: Secret | string | undefined = await passphrase.get();
  if (secret === undefined) {
    throw file.fail(
      "is encrypted with a passphrase; without one it is not read here, nor by B2HANDLE",
      `Put the passphrase into the credentials file as "passphrase", or hand it to loadCredentials as an option. Or write a decrypted copy for your eyes only: umask 077; openssl pkey -in ${file.path} -out decrypted.pem`,
    );
  }
  // Not in TypeScript, but a text is what it says.
  const bytes = typeof secret === "string" ? Buffer.from(secret) : Buffer.from(secret.reveal());
  try {
    const key = createPrivateKey({ key: pem, format: "pem", passphrase: bytes });
    return { key, pem: String(key.export({ type: "pkcs8", format: "pem" })), encrypted: true };
  } catch {
    throw file.fail(
      `is encrypted, and ${passphrase.from} does not open it`,
      `Try the passphrase by hand: openssl pkey -noout -in ${file.path}. If it is right there, the file may be encrypted in a way that this runtime does not know.`,
    );
  }
}

/**
 * The private key of a file, decrypted in memory when it is encrypted.
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
      "The file may be cut off, or of a kind OpenSSL does not know.",
    );
  }
}
