import { createHash, createHmac, createPrivateKey, type KeyObject, pbkdf2Sync, sign } from "node:crypto";
import type { Seed } from "./recording.ts";

/** The fields of an answer to a challenge; base64 where bytes are meant. */
export interface Attempt {
  readonly type: string;
  readonly alg: string;
  readonly cnonce: string;
  readonly signature: string;
  readonly salt?: string;
  readonly iterations?: string;
  readonly length?: string;
}

/** Signs as a recorded attempt was signed, right or deliberately wrong, for another server nonce (base64 in and out). */
export type Recipe = (nonce: string) => string;

/** What the recorded client signed with. */
export interface SigningKeys {
  readonly secrets: readonly Uint8Array[];
  readonly privateKey: KeyObject;
}

/** The password of the recorded attempt with a wrong secret. */
const WRONG_SECRET = "wrong";

/** The secrets of seed.json, one that is nobody's, and the administrator's key. */
export function signingKeys(seed: Seed, privateKeyPem: string): SigningKeys {
  const secrets = Object.values(seed.records)
    .flat()
    .filter((value) => value.type === "HS_SECKEY")
    .map((value) => String(value.data.value));
  return {
    secrets: [...secrets, WRONG_SECRET].map((secret) => Buffer.from(secret)),
    privateKey: createPrivateKey(privateKeyPem),
  };
}

function mac(attempt: Attempt, secret: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  const name = attempt.alg.toUpperCase().replace(/[-_]/g, "");
  const plain = { MD5: "md5", SHA: "sha1", SHA1: "sha1", SHA2: "sha256", SHA256: "sha256" }[name];
  if (plain !== undefined) return createHash(plain).update(secret).update(message).update(secret).digest();
  const keyed = { HMACSHA1: "sha1", HMACSHA256: "sha256" }[name];
  if (keyed !== undefined) return createHmac(keyed, secret).update(message).digest();
  if (name !== "PBKDF2HMACSHA1" && name !== "PBKDF2WITHHMACSHA1") return undefined;
  const salt = Buffer.from(attempt.salt ?? "", "base64");
  const key = pbkdf2Sync(secret, salt, Number(attempt.iterations), Number(attempt.length) / 8, "sha1");
  return createHmac("sha1", key).update(message).digest();
}

function rsa(attempt: Attempt, key: KeyObject, message: Uint8Array): Uint8Array | undefined {
  const name = attempt.alg.toUpperCase().replace("-", "");
  const hash = { MD5: "md5", SHA: "sha1", SHA1: "sha1", SHA256: "sha256" }[name];
  return hash === undefined ? undefined : sign(hash, message, key);
}

/** The fields of a request that are an answer to a challenge, if they are one. */
export function attemptOf(fields: Readonly<Record<string, string>>): Attempt | undefined {
  const { type, alg, cnonce, signature, salt, iterations, length } = fields;
  if (!type || !alg || !cnonce || !signature) return undefined;
  const derived = salt && iterations && length ? { salt, iterations, length } : {};
  return { type, alg, cnonce, signature, ...derived };
}

/** Every way the recorded client may have signed: each key, and the nonces in either order. */
function candidates(attempt: Attempt, keys: SigningKeys): readonly Recipe[] {
  const cnonce = Buffer.from(attempt.cnonce, "base64");
  const signers: readonly ((message: Uint8Array) => Uint8Array | undefined)[] =
    attempt.type === "HS_PUBKEY"
      ? [(message) => rsa(attempt, keys.privateKey, message)]
      : keys.secrets.map((secret) => (message) => mac(attempt, secret, message));
  const orders: readonly ((nonce: Buffer) => Buffer)[] = [
    (nonce) => Buffer.concat([nonce, cnonce]),
    (nonce) => Buffer.concat([cnonce, nonce]),
  ];
  return signers.flatMap((signer) =>
    orders.map((order) => (nonce: string) => {
      const signature = signer(order(Buffer.from(nonce, "base64")));
      return signature === undefined ? "" : Buffer.from(signature).toString("base64");
    }),
  );
}

/**
 * Finds how a recorded signature was made, so that it can be made again.
 *
 * @param nonce the recorded server's nonce, base64
 * @returns undefined for one that was never a signature (`AAAA`)
 */
export function findRecipe(attempt: Attempt, nonce: string, keys: SigningKeys): Recipe | undefined {
  return candidates(attempt, keys).find((recipe) => recipe(nonce) === attempt.signature);
}
