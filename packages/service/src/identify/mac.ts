import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { type MacAlgorithm, macAlgorithm } from "@handlekit/auth/wire";
import { decodeBase64 } from "@handlekit/core";

/** The fields of an answer to a challenge, names in lower case, from a header or a body. */
export type AnswerFields = ReadonlyMap<string, string>;

/** A client chooses how much work its answer is; over these it would be an attack. */
const MAX_ITERATIONS = 200_000;
const MAX_KEY_BITS = 4096;

/** The names that node:crypto has for the digests of the protocol. */
export const DIGESTS = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256" } as const;

const derive = promisify(pbkdf2);

/** The algorithm of a MAC and its parameters. */
export interface MacRequest {
  readonly alg: MacAlgorithm;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly keyBits: number;
}

const DERIVED = "PBKDF2-HMAC-SHA1";

/** True when the parameters of a derived key are missing. */
export function lacksDerivation(fields: AnswerFields): boolean {
  const derived = macAlgorithm(fields.get("alg") ?? "") === DERIVED;
  return derived && ["salt", "iterations", "length"].some((name) => !fields.get(name));
}

/** The parameters of a MAC; undefined when they are missing or cannot be used. */
export function readMacRequest(fields: AnswerFields): MacRequest | undefined {
  const alg = macAlgorithm(fields.get("alg") ?? "");
  const salt = decodeBase64(fields.get("salt") ?? "");
  const [iterations, keyBits] = [Number(fields.get("iterations") ?? 0), Number(fields.get("length") ?? 0)];
  if (alg === undefined || salt === undefined || lacksDerivation(fields)) return undefined;
  const derived = alg === DERIVED;
  const within = (value: number, max: number) => Number.isInteger(value) && value > 0 && value <= max;
  if (derived && !(within(iterations, MAX_ITERATIONS) && within(keyBits, MAX_KEY_BITS) && keyBits % 8 === 0))
    return undefined;
  return { alg, salt, iterations, keyBits };
}

/** The MAC of a message with a secret. */
export async function computeMac(
  secret: Uint8Array,
  message: Uint8Array,
  request: MacRequest,
): Promise<Uint8Array> {
  switch (request.alg) {
    case "HMAC-SHA1":
    case "HMAC-SHA256":
      return createHmac(request.alg === "HMAC-SHA1" ? "sha1" : "sha256", secret)
        .update(message)
        .digest();
    case "PBKDF2-HMAC-SHA1": {
      const key = await derive(secret, request.salt, request.iterations, request.keyBits / 8, "sha1");
      return createHmac("sha1", key).update(message).digest();
    }
    default:
      return createHash(DIGESTS[request.alg]).update(secret).update(message).update(secret).digest();
  }
}
