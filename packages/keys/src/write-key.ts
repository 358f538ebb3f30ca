import {
  checkArgument,
  checkOptions,
  checkSecret,
  encodePublicKey,
  encodeUtf8,
  invalidOptions,
  type PublicKeyJwk,
  type Secret,
  secret,
} from "@handlekit/core";
import { encryptBin } from "./bin-encryption.ts";
import { encodePrivateBin } from "./bin-key.ts";
import { damagedKey } from "./invalid-key.ts";
import { decodePkcs8, encodeSpki } from "./key-numbers.ts";
import { readPem, readPrivatePem } from "./pem.ts";

/** The format of a key file: `bin`, that of Handle.Net, or `pem`. */
export type KeyFormat = "bin" | "pem";

/** Options of {@link writePrivateKey}. */
export interface WritePrivateKeyOptions {
  readonly format: KeyFormat;
  /** Encrypts the key: `bin` with PBKDF2 and AES (encryption 4 of Handle.Net), `pem` as PKCS#8 with AES. Default none. */
  readonly passphrase?: Secret | undefined;
}

/** Options of {@link writePublicKey}. */
export interface WritePublicKeyOptions {
  readonly format: KeyFormat;
}

function checkFormat(caller: string, options: WritePublicKeyOptions): void {
  checkOptions(caller, options, { format: ["string"] });
  if (options.format !== "bin" && options.format !== "pem") {
    throw invalidOptions(`${caller}: the option format must be "bin" or "pem".`);
  }
}

/**
 * Writes a private key as a `.bin` file of Handle.Net (`admpriv.bin`, `privkey.bin`) or as PKCS#8 PEM.
 *
 * @param privateKey PEM of an unencrypted RSA or DSA private key, as {@link readKey} returns it
 * @returns the content of the file
 * @throws HandleError `invalid_key` if the key cannot be read, `invalid_options` for an empty passphrase or an argument of
 *   the wrong kind
 * @example
 * ```ts
 * const file = await writePrivateKey(privateKey, { format: "bin", passphrase: secret("correct horse") });
 * await writeFile("admpriv.bin", file.reveal(), { mode: 0o600, flag: "wx" });
 * ```
 */
export async function writePrivateKey(privateKey: Secret, options: WritePrivateKeyOptions): Promise<Secret> {
  const caller = "writePrivateKey";
  checkSecret(caller, "the option privateKey", privateKey);
  checkFormat(caller, options);
  const { format, passphrase } = options;
  if (passphrase !== undefined) {
    checkSecret(caller, "the option passphrase", passphrase);
    if (passphrase.reveal().length === 0) throw invalidOptions(`${caller}: the option passphrase is empty.`);
  }
  const block = readPem(privateKey.reveal()).find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (!block) throw damagedKey();
  const key = await readPrivatePem(block, undefined);
  const numbers = decodePkcs8(key.export({ type: "pkcs8", format: "der" }));
  if (format === "bin") return secret(await encryptBin(encodePrivateBin(numbers), passphrase));
  const cipher = passphrase && { cipher: "aes-256-cbc", passphrase: Buffer.from(passphrase.reveal()) };
  return secret(String(key.export({ type: "pkcs8", format: "pem", ...cipher })));
}

/**
 * Writes a public key as a `.bin` file of Handle.Net (`admpub.bin`, `pubkey.bin`), which is also the data of an HS_PUBKEY
 * value, or as PEM (SubjectPublicKeyInfo).
 *
 * @returns the content of the file
 * @throws HandleError `invalid_value` if a number of the key is missing, `invalid_options` for an argument of the wrong
 *   kind
 * @example
 * ```ts
 * await writeFile("admpub.bin", writePublicKey(publicKey, { format: "bin" }));
 * ```
 */
export function writePublicKey(publicKey: PublicKeyJwk, options: WritePublicKeyOptions): Uint8Array {
  const caller = "writePublicKey";
  checkArgument(caller, "publicKey", publicKey, ["object"]);
  checkFormat(caller, options);
  const bin = encodePublicKey(publicKey);
  if (options.format === "bin") return bin;
  const lines =
    Buffer.from(encodeSpki(publicKey))
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return encodeUtf8(["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n"));
}
