import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { type MacAlgorithm, macAlgorithm } from "@handlekit/auth/wire";
import { decodeBase64 } from "@handlekit/core";
import type { Limit } from "./limits.ts";

/** The fields of an answer to a challenge, names in lower case, from a header or a body. */
export type AnswerFields = ReadonlyMap<string, string>;

/**
 * The most that deriving a key may take: iterations times blocks of 160 bits, all of which the client chooses. Handle.Net
 * uses 10,000 iterations and one block; this limit is about 30 ms.
 */
const MAX_ROUNDS = 100_000;
const BLOCK_BITS = 160;

/** The names of the protocol's digests in node:crypto. */
export const DIGESTS = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256" } as const;

const derive = promisify(pbkdf2);

/** Used where there is no key, so that it takes as long as with one. */
export const NO_KEY: Uint8Array = new Uint8Array(16);

/** The algorithm of a MAC and its parameters. */
export interface MacRequest {
  readonly alg: MacAlgorithm;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly keyBits: number;
}

const DERIVED = "PBKDF2-HMAC-SHA1";

/** Returns true if the key is derived and the parameters for it are missing. */
export function lacksDerivation(fields: AnswerFields): boolean {
  const derived = macAlgorithm(fields.get("alg") ?? "") === DERIVED;
  return derived && ["salt", "iterations", "length"].some((name) => !fields.get(name));
}

/** Reads the parameters of a MAC. Returns undefined if they are missing or malformed. */
export function readMacRequest(fields: AnswerFields): MacRequest | undefined {
  const alg = macAlgorithm(fields.get("alg") ?? "");
  const salt = decodeBase64(fields.get("salt") ?? "");
  const [iterations, keyBits] = [Number(fields.get("iterations") ?? 0), Number(fields.get("length") ?? 0)];
  if (alg === undefined || salt === undefined || lacksDerivation(fields)) return undefined;
  const isCount = (value: number) => Number.isInteger(value) && value > 0;
  const rounds = iterations * Math.ceil(keyBits / BLOCK_BITS);
  const bounded = isCount(iterations) && isCount(keyBits) && keyBits % 8 === 0 && rounds <= MAX_ROUNDS;
  if (alg === DERIVED && !bounded) return undefined;
  return { alg, salt, iterations, keyBits };
}

/**
 * Computes the MAC of a message with a secret.
 *
 * @param limit the limit on deriving keys
 * @throws HandleError response code 3 if too many keys are being derived
 */
export async function computeMac(
  secret: Uint8Array,
  message: Uint8Array,
  request: MacRequest,
  limit: Limit,
): Promise<Uint8Array> {
  switch (request.alg) {
    case "HMAC-SHA1":
    case "HMAC-SHA256":
      return createHmac(request.alg === "HMAC-SHA1" ? "sha1" : "sha256", secret)
        .update(message)
        .digest();
    case "PBKDF2-HMAC-SHA1": {
      const { salt, iterations, keyBits } = request;
      const key = await limit(() => derive(secret, salt, iterations, keyBits / 8, "sha1"));
      return createHmac("sha1", key).update(message).digest();
    }
    default:
      return createHash(DIGESTS[request.alg]).update(secret).update(message).update(secret).digest();
  }
}
