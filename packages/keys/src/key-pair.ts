import {
  checkOptions,
  HandleError,
  invalidOptions,
  type PublicKeyJwk,
  type Secret,
  secret,
} from "@handlekit/core";

/** Options of {@link createKeyPair}. */
export interface KeyPairOptions {
  /** The length of the modulus in bits, from 2048 to 16384. Default 3072. */
  readonly bits?: number | undefined;
}

/** An RSA key pair. */
export interface KeyPair {
  /** PKCS#8 PEM, unencrypted. */
  readonly privateKey: Secret;
  /** The key as an HS_PUBKEY value contains it. */
  readonly publicKey: PublicKeyJwk;
}

const SIGNATURE = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

function rsaJwk(jwk: { readonly kty?: unknown; readonly n?: unknown; readonly e?: unknown }): PublicKeyJwk {
  if (jwk.kty !== "RSA" || typeof jwk.n !== "string" || typeof jwk.e !== "string") {
    throw new HandleError("invalid_key", {
      message: "The key is not an RSA key.",
      hint: "Use an RSA key of 2048 bits or more.",
    });
  }
  return { kty: "RSA", n: jwk.n, e: jwk.e };
}

/**
 * Creates an RSA key pair.
 *
 * @throws HandleError `invalid_options` when `bits` is not a whole number from 2048 to 16384
 * @example
 * ```ts
 * const { privateKey, publicKey } = await createKeyPair();
 * ```
 */
export async function createKeyPair(options: KeyPairOptions = {}): Promise<KeyPair> {
  checkOptions("createKeyPair", options, { bits: ["number", "undefined"] });
  const { bits = 3072 } = options;
  if (!Number.isInteger(bits) || bits < 2048 || bits > 16_384) {
    throw invalidOptions("createKeyPair: the option bits must be a whole number from 2048 to 16384.");
  }
  const { generateKeyPair } = await import("node:crypto");
  const { promisify } = await import("node:util");
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: bits });
  return {
    privateKey: secret(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    publicKey: rsaJwk(pair.publicKey.export({ format: "jwk" })),
  };
}

/**
 * Reads a PEM private key as a WebCrypto key pair for the certificate library.
 *
 * @throws HandleError `invalid_key` when it is not an unencrypted RSA key
 */
export async function importKeyPair(privateKey: Secret): Promise<CryptoKeyPair> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  let pkcs8: Uint8Array<ArrayBuffer>;
  let spki: Uint8Array<ArrayBuffer>;
  try {
    const key = createPrivateKey(new TextDecoder().decode(privateKey.reveal()));
    rsaJwk(createPublicKey(key).export({ format: "jwk" }));
    pkcs8 = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
    spki = new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
  } catch (error) {
    if (error instanceof HandleError) throw error;
    throw new HandleError("invalid_key", {
      message: "The private key cannot be read.",
      hint: "It must be an unencrypted PEM key; decrypt it with: openssl pkey -in key.pem -out plain.pem",
    });
  }
  return {
    privateKey: await globalThis.crypto.subtle.importKey("pkcs8", pkcs8, SIGNATURE, false, ["sign"]),
    publicKey: await globalThis.crypto.subtle.importKey("spki", spki, SIGNATURE, true, ["verify"]),
  };
}
