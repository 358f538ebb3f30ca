import { decodeBase64, encodeHex, HandleError, quoteForMessage, type Secret } from "@handlekit/core";
import { readSecret } from "../options.ts";
import { digestAlgorithm } from "../wire/algorithm.ts";
import type { Signer } from "./signer.ts";

/** What {@link createPrivateKeySigner} needs. */
export interface PrivateKeySignerOptions {
  /** The RSA private key as unencrypted PKCS#8 PEM (`-----BEGIN PRIVATE KEY-----`). */
  readonly key: string | Secret;
  /** `SHA-256` or `SHA-1`, in any spelling that servers know. Default `SHA-256`. */
  readonly alg?: string;
}

const PEM = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----/;
/** The object identifier of RSA keys, 1.2.840.113549.1.1.1, in DER. */
const RSA = "06092a864886f70d010101";
const TO_PKCS8 = "openssl pkey -in key.pem -out plain.pem";

function invalidKey(what: string, hint: string): HandleError {
  return new HandleError("invalid_key", { message: `The private key ${what}.`, hint });
}

function readPkcs8(key: Secret): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(key.reveal());
  if (/(?:BEGIN |,)ENCRYPTED/.test(text)) throw invalidKey("is encrypted", `Decrypt it with: ${TO_PKCS8}`);
  const pem = PEM.exec(text);
  if (pem && pem[1] !== "PRIVATE KEY") {
    throw invalidKey("is PEM, but not PKCS#8", `Convert it with: ${TO_PKCS8}`);
  }
  const bytes = pem?.[2] === undefined ? undefined : decodeBase64(pem[2]);
  if (!bytes) throw invalidKey("is not a PEM private key", "It begins with -----BEGIN PRIVATE KEY-----.");
  if (!encodeHex(bytes.subarray(0, 32)).includes(RSA)) {
    throw invalidKey("is not an RSA key", "Use an RSA key, or bring a signer of your own for another.");
  }
  return bytes;
}

/**
 * Answers challenges with an RSA private key (HS_PUBKEY), through WebCrypto.
 *
 * @throws HandleError `invalid_key` when the key is not unencrypted RSA in PKCS#8 PEM (damage inside it shows at the
 *   first login), `invalid_options` for another algorithm
 * @example
 * ```ts
 * const signer = createPrivateKeySigner({ key: await readFile("key.pem", "utf8") });
 * ```
 */
export function createPrivateKeySigner(options: PrivateKeySignerOptions): Signer {
  const alg = options.alg ?? "SHA-256";
  const hash = digestAlgorithm(alg);
  if (hash === undefined || hash === "MD5") {
    throw new HandleError("invalid_options", {
      message: `${quoteForMessage(alg)} is not an algorithm a private key can answer with here.`,
      hint: "Use SHA-256 or SHA-1.",
    });
  }
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  const secret = readSecret(options.key);
  readPkcs8(secret);
  let imported: Promise<CryptoKey> | undefined;
  return {
    type: "HS_PUBKEY",
    alg,
    async sign(bytes) {
      imported ??= crypto.subtle.importKey("pkcs8", readPkcs8(secret), algorithm, false, ["sign"]);
      let key: CryptoKey;
      try {
        key = await imported;
      } catch {
        throw invalidKey("is damaged", "Check that the file was copied whole.");
      }
      return new Uint8Array(await crypto.subtle.sign(algorithm.name, key, new Uint8Array(bytes)));
    },
  };
}
