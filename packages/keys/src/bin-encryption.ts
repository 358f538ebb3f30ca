import { createByteReader, createByteWriter, isHandleError, type Secret } from "@handlekit/core";
import { damagedKey, invalidKey, passphraseMissing, passphraseWrong } from "./invalid-key.ts";

/** How a private key in a `.bin` file of Handle.Net is encrypted; the place in this list is its code in the file. */
const ENCRYPTIONS = ["des-ecb", "none", "des-cbc", "pbkdf2-des-ede3-cbc", "pbkdf2-aes-cbc"] as const;

/** How a private key in a `.bin` file of Handle.Net is encrypted. */
export type BinEncryption = (typeof ENCRYPTIONS)[number];

/** The most iterations of PBKDF2 that are carried out. Handle.Net writes 10,000. */
export const MAX_ITERATIONS = 5_000_000;
/** The iterations of the keys that are written: the file says how many, so Handle.Net needs no setting for it. */
const ITERATIONS = 600_000;
const DES_BLOCK = 8;
const AES_BLOCK = 16;
/** The length of the keys that are written, in bits: what Handle.Net writes. */
const AES_BITS = 128;

/** A cipher with everything but the passphrase. */
interface Encrypted {
  readonly cipher: string;
  readonly iv: Uint8Array | null;
  readonly content: Uint8Array;
  key(passphrase: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/**
 * Returns how the private key in a `.bin` file is encrypted.
 *
 * @throws HandleError `invalid_key` if the file does not begin with one of the codes
 */
export function binEncryption(bytes: Uint8Array): BinEncryption {
  const code = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  const encryption = ENCRYPTIONS[code];
  if (encryption === undefined) {
    throw invalidKey(
      "The file is neither PEM nor a .bin key file of Handle.Net.",
      "A key file is admpriv.bin, admpub.bin, privkey.bin or pubkey.bin, or begins with -----BEGIN.",
    );
  }
  return encryption;
}

async function pbkdf2(passphrase: Uint8Array, salt: Uint8Array, iterations: number, bits: number) {
  const crypto = await import("node:crypto");
  const { promisify } = await import("node:util");
  return promisify(crypto.pbkdf2)(passphrase, salt, iterations, bits / 8, "sha1");
}

/** Single DES is triple DES with the same key three times; OpenSSL 3 has only that. */
async function singleDes(passphrase: Uint8Array): Promise<Uint8Array> {
  const { createHash } = await import("node:crypto");
  const key = createHash("md5").update(passphrase).digest().subarray(0, 8);
  return Buffer.concat([key, key, key]);
}

function readLayout(encryption: Exclude<BinEncryption, "none">, bytes: Uint8Array): Encrypted {
  const input = createByteReader(bytes, "private key");
  input.int32();
  if (encryption === "des-ecb") {
    return { cipher: "des-ede3", iv: null, content: input.take(input.remaining), key: singleDes };
  }
  if (encryption === "des-cbc") {
    const iv = input.take(DES_BLOCK);
    return { cipher: "des-ede3-cbc", iv, content: input.take(input.remaining), key: singleDes };
  }
  const [salt, iterations, bits] = [input.bytes(), input.int32(), input.int32()];
  const [iv, content] = [input.bytes(), input.bytes()];
  const aes = encryption === "pbkdf2-aes-cbc";
  const good =
    (aes ? [128, 192, 256].includes(bits) : bits === 192) &&
    iv.length === (aes ? AES_BLOCK : DES_BLOCK) &&
    iterations > 0 &&
    input.remaining === 0;
  if (!good) throw damagedKey();
  if (iterations > MAX_ITERATIONS) {
    throw invalidKey(
      `The encryption of the private key demands ${iterations} iterations of PBKDF2; at most ${MAX_ITERATIONS} are carried out.`,
    );
  }
  return {
    cipher: aes ? `aes-${bits}-cbc` : "des-ede3-cbc",
    iv,
    content,
    key: (passphrase) => pbkdf2(passphrase, salt, iterations, bits),
  };
}

/**
 * Decrypts the private key in a `.bin` file.
 *
 * @returns the clear bytes, which may be nonsense when the passphrase is wrong and its padding happens to be right
 * @throws HandleError `invalid_key` if the file is damaged, or the passphrase is missing or wrong
 */
export async function decryptBin(bytes: Uint8Array, passphrase: Secret | undefined): Promise<Uint8Array> {
  const encryption = binEncryption(bytes);
  if (encryption === "none") return bytes.subarray(4);
  let layout: Encrypted;
  try {
    layout = readLayout(encryption, bytes);
  } catch (error) {
    throw isHandleError(error, "invalid_value") ? damagedKey() : error;
  }
  const { cipher, iv, content } = layout;
  if (content.length === 0 || content.length % (iv?.length ?? DES_BLOCK) !== 0) throw damagedKey();
  if (passphrase === undefined) throw passphraseMissing();
  const { createDecipheriv } = await import("node:crypto");
  const key = await layout.key(passphrase.reveal());
  let decipher: import("node:crypto").Decipher;
  try {
    decipher = createDecipheriv(cipher, key, iv);
  } catch {
    throw invalidKey(
      "This runtime does not support the encryption of the private key.",
      "Convert the key with Node.js.",
    );
  }
  try {
    return Buffer.concat([decipher.update(content), decipher.final()]);
  } catch {
    throw passphraseWrong();
  }
}

/** Returns a `.bin` file with the clear bytes of a private key: PBKDF2 and AES with a passphrase, else unencrypted. */
export async function encryptBin(clear: Uint8Array, passphrase: Secret | undefined): Promise<Uint8Array> {
  const out = createByteWriter();
  if (passphrase === undefined) return out.int32(ENCRYPTIONS.indexOf("none")).raw(clear).finish();
  const { createCipheriv, randomBytes } = await import("node:crypto");
  const [salt, iv] = [randomBytes(16), randomBytes(AES_BLOCK)];
  const key = await pbkdf2(passphrase.reveal(), salt, ITERATIONS, AES_BITS);
  const cipher = createCipheriv(`aes-${AES_BITS}-cbc`, key, iv);
  out.int32(ENCRYPTIONS.indexOf("pbkdf2-aes-cbc")).bytes(salt).int32(ITERATIONS).int32(AES_BITS).bytes(iv);
  return out.bytes(Buffer.concat([cipher.update(clear), cipher.final()])).finish();
}
