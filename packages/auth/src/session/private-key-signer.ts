import {
  checkArgument,
  checkOptions,
  decodeBase64,
  decodeUtf8,
  encodeHex,
  HandleError,
  invalidOptions,
  type Secret,
} from "@handlekit/core";
import { readSecret } from "../options.ts";
import { digestAlgorithm } from "../wire/algorithm.ts";
import type { Signer } from "./signer.ts";

/** Options of {@link createPrivateKeySigner}. */
export interface PrivateKeySignerOptions {
  /** The RSA private key as unencrypted PKCS#8 PEM (`-----BEGIN PRIVATE KEY-----`). */
  readonly key: string | Secret;
  /** `SHA-256` or `SHA-1`, in any spelling that servers accept. Default `SHA-256`. */
  readonly alg?: string | undefined;
}

const PEM = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----/;
/** The object identifier of RSA keys, 1.2.840.113549.1.1.1, in DER. */
const RSA = "06092a864886f70d010101";
const CALLER = "createPrivateKeySigner";
const TO_PKCS8 = "openssl pkey -in key.pem -out plain.pem";

function invalidKey(problem: string, hint: string): HandleError {
  return new HandleError("invalid_key", { message: `The private key ${problem}.`, hint });
}

function readPkcs8(key: Secret): Uint8Array<ArrayBuffer> {
  const text = decodeUtf8(key.reveal()) ?? "";
  if (/(?:BEGIN |,)ENCRYPTED/.test(text)) throw invalidKey("is encrypted", `Decrypt it with: ${TO_PKCS8}`);
  const pem = PEM.exec(text);
  if (pem && pem[1] !== "PRIVATE KEY") {
    throw invalidKey("is PEM, but not PKCS#8", `Convert it with: ${TO_PKCS8}`);
  }
  const bytes = pem?.[2] === undefined ? undefined : decodeBase64(pem[2]);
  if (!bytes) throw invalidKey("is not a PEM private key", "It begins with -----BEGIN PRIVATE KEY-----.");
  if (!encodeHex(bytes.subarray(0, 32)).includes(RSA)) {
    throw invalidKey("is not an RSA key", "Use an RSA key, or write a signer of your own for another.");
  }
  return bytes;
}

/**
 * Creates a signer that answers challenges with an RSA private key (HS_PUBKEY), through WebCrypto.
 *
 * @throws HandleError `invalid_options` for an option that is missing, of the wrong type or empty, or another algorithm,
 *   `invalid_key` for a key that is not unencrypted RSA in PKCS#8 PEM (a damaged one is found at the first login)
 * @example
 * ```ts
 * const signer = createPrivateKeySigner({ key: await readFile("key.pem", "utf8") });
 * ```
 */
export function createPrivateKeySigner(options: PrivateKeySignerOptions): Signer {
  checkOptions(CALLER, options, { alg: ["string", "undefined"] });
  const alg = options.alg ?? "SHA-256";
  const hash = digestAlgorithm(alg);
  if (hash === undefined || hash === "MD5") {
    throw invalidOptions(
      `${CALLER}: the option alg is not an algorithm that is supported for private keys.`,
      "Use SHA-256 or SHA-1.",
    );
  }
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  const secret = readSecret(CALLER, "key", options.key);
  readPkcs8(secret);
  let imported: Promise<CryptoKey> | undefined;
  return {
    type: "HS_PUBKEY",
    alg,
    async sign(bytes) {
      checkArgument("sign", "bytes", bytes, ["bytes"]);
      imported ??= crypto.subtle.importKey("pkcs8", readPkcs8(secret), algorithm, false, ["sign"]);
      let key: CryptoKey;
      try {
        key = await imported;
      } catch {
        throw invalidKey("is damaged", "Check that the file is complete.");
      }
      return new Uint8Array(await crypto.subtle.sign(algorithm.name, key, new Uint8Array(bytes)));
    },
  };
}
