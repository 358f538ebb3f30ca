import { decodeBase64, encodeHex, type Secret } from "@handlekit/core";
import { MAX_ITERATIONS } from "./bin-encryption.ts";
import { type DerElement, INTEGER, keyTypeOf, readElements, readNumbers, readSequence } from "./der.ts";
import { damagedKey, invalidKey, passphraseMissing, passphraseWrong } from "./invalid-key.ts";
import { decodePkcs8 } from "./key-numbers.ts";
import { checkRsaNumbers } from "./rsa-numbers.ts";

/** One block of a PEM file. */
export interface PemBlock {
  /** For example `CERTIFICATE` or `RSA PRIVATE KEY`. */
  readonly label: string;
  /** The text from `-----BEGIN` to `-----END ...-----`. */
  readonly text: string;
}

/** The most blocks that are read of one file. */
const MAX_BLOCKS = 100;
/** The longest block of a private key, in characters: an RSA key of 16384 bits has 12,700. */
const MAX_PRIVATE_LENGTH = 16_384;
/** The longest number of a DSA key, in bytes. OpenSSL has no limit, and would calculate for hours. */
const MAX_DSA_LENGTH = 1024;
/** The object identifier of scrypt, 1.3.6.1.4.1.11591.4.11, in DER. */
const SCRYPT = "06092b06010401da47040b";
/** The largest product of the cost parameters of scrypt; OpenSSL writes 2^17. */
const MAX_SCRYPT_COST = 2 ** 22;

/** Returns true if a file has a PEM block, be it incomplete. */
export function isPem(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes("-----BEGIN ");
}

/**
 * Returns the blocks of a PEM file in their order. Text around them is ignored.
 *
 * @throws HandleError `invalid_key` if a block is incomplete, or there are too many
 */
export function readPem(bytes: Uint8Array): readonly PemBlock[] {
  const text = Buffer.from(bytes).toString("latin1");
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const [, label = ""] = match;
    const end = `-----END ${label}-----`;
    const at = text.indexOf(end, begin.lastIndex);
    if (at < 0 || blocks.length === MAX_BLOCKS) {
      throw at < 0
        ? invalidKey(`The ${label} has no line ${end}.`, "The file is truncated; copy it again.")
        : invalidKey(`The file has more than ${MAX_BLOCKS} PEM blocks.`);
    }
    blocks.push({ label, text: `${text.slice(match.index, at + end.length)}\n` });
    begin.lastIndex = at + end.length;
  }
  if (blocks.length === 0) throw damagedKey();
  return blocks;
}

/** Returns true if a block is a private key that is encrypted. */
export function isEncrypted({ label, text }: PemBlock): boolean {
  return label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(text);
}

/** Returns all INTEGERs of an element, however deep, as numbers. */
function integersOf(element: DerElement, depth = 0): readonly number[] {
  if (element.tag === INTEGER) {
    const { length } = element.content;
    return [length > 6 ? Number.MAX_SAFE_INTEGER : element.content.reduce((sum, b) => sum * 256 + b, 0)];
  }
  if ((element.tag & 0x20) === 0 || depth > 10) return [];
  return readElements(element.content).flatMap((each) => integersOf(each, depth + 1));
}

function readBlock(text: string): readonly DerElement[] {
  const bytes = decodeBase64(text.replace(/-----[^-]*-----/g, ""));
  if (bytes === undefined) throw damagedKey();
  return readSequence(readElements(bytes)[0]);
}

/** Checks that the encryption of a PKCS#8 key does not demand more work than is usual. */
function checkDecryption(text: string): void {
  const [algorithm] = readBlock(text);
  if (algorithm === undefined) throw damagedKey();
  const integers = integersOf(algorithm);
  const scrypt = encodeHex(algorithm.encoded).includes(SCRYPT);
  const work = scrypt ? integers.reduce((product, each) => product * each, 1) : Math.max(0, ...integers);
  if (work > (scrypt ? MAX_SCRYPT_COST : MAX_ITERATIONS)) {
    throw invalidKey(
      "The encryption of the private key demands too much work.",
      "If you trust the file, decrypt it: openssl pkey -in key.pem -out plain.pem",
    );
  }
}

/** Checks that importing a PKCS#8 key is not too much work: the public number of a DSA key is calculated. */
function checkImport(text: string): void {
  const [, algorithm, key] = readBlock(text);
  const [oid, parameters] = readSequence(algorithm);
  if (keyTypeOf(oid) !== "DSA") return;
  const lengths = [key?.content.length ?? 0, ...readNumbers(parameters).map(({ length }) => length)];
  if (lengths.some((length) => length > MAX_DSA_LENGTH)) throw damagedKey();
}

/**
 * Reads the private key in a PEM block.
 *
 * @throws HandleError `invalid_key` if it is damaged, or encrypted and the passphrase is missing or wrong
 */
export async function readPrivatePem(
  block: PemBlock,
  passphrase: Secret | undefined,
): Promise<import("node:crypto").KeyObject> {
  const { createPrivateKey } = await import("node:crypto");
  const encrypted = isEncrypted(block);
  if (encrypted && passphrase === undefined) throw passphraseMissing();
  if (block.label === "OPENSSH PRIVATE KEY") {
    throw invalidKey(
      "The private key is in the format of OpenSSH.",
      "Convert it: ssh-keygen -p -m PKCS8 -f KEY",
    );
  }
  if (block.text.length > MAX_PRIVATE_LENGTH) throw damagedKey();
  if (block.label === "ENCRYPTED PRIVATE KEY") checkDecryption(block.text);
  if (block.label === "PRIVATE KEY") checkImport(block.text);
  let key: import("node:crypto").KeyObject;
  try {
    key = encrypted
      ? createPrivateKey({
          key: block.text,
          format: "pem",
          passphrase: Buffer.from(passphrase?.reveal() ?? []),
        })
      : createPrivateKey(block.text);
  } catch {
    throw encrypted ? passphraseWrong() : damagedKey();
  }
  if (key.asymmetricKeyType === "rsa") {
    checkRsaNumbers(decodePkcs8(key.export({ type: "pkcs8", format: "der" })).numbers);
  }
  return key;
}

/**
 * Reads the public key in a PEM block: a public key, or that of a certificate.
 *
 * @throws HandleError `invalid_key` if it is damaged
 */
export async function readPublicPem({ text }: PemBlock): Promise<import("node:crypto").KeyObject> {
  const { createPublicKey } = await import("node:crypto");
  try {
    return createPublicKey(text);
  } catch {
    throw damagedKey();
  }
}
