import { checkArgument } from "@handlekit/core";

/** The algorithm of an HS_SECKEY answer. */
export type MacAlgorithm = "MD5" | "SHA-1" | "SHA-256" | "HMAC-SHA1" | "HMAC-SHA256" | "PBKDF2-HMAC-SHA1";

/** The digest of an HS_PUBKEY signature. */
export type DigestAlgorithm = "MD5" | "SHA-1" | "SHA-256";

const DIGESTS: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ["md5", "MD5"],
  ["sha", "SHA-1"],
  ["sha1", "SHA-1"],
  ["sha-1", "SHA-1"],
  ["sha256", "SHA-256"],
  ["sha-256", "SHA-256"],
]);

const MACS: ReadonlyMap<string, MacAlgorithm> = new Map<string, MacAlgorithm>([
  ...DIGESTS,
  ["sha2", "SHA-256"],
  ["sha-2", "SHA-256"],
  ["hmacsha1", "HMAC-SHA1"],
  ["hmacsha256", "HMAC-SHA256"],
  ["pbkdf2-hmac-sha1", "PBKDF2-HMAC-SHA1"],
  ["pbkdf2withhmacsha1", "PBKDF2-HMAC-SHA1"],
]);

/**
 * Returns the algorithm that the `alg` of an HS_SECKEY answer names: in any case, by its aliases, HMAC with any
 * punctuation.
 *
 * @param name such as `SHA1`, `HMAC-SHA256` or `PBKDF2WithHmacSHA1`
 * @returns undefined for an unknown name
 * @example
 * ```ts
 * macAlgorithm("sha2"); // "SHA-256"
 * ```
 */
export function macAlgorithm(name: string): MacAlgorithm | undefined {
  checkArgument("macAlgorithm", "name", name, ["string"]);
  const folded = name.toLowerCase();
  return MACS.get(folded.startsWith("hmac") ? folded.replace(/[^a-z0-9]/g, "") : folded);
}

/**
 * Returns the digest that the `alg` of an HS_PUBKEY answer, or a server's `serverAlg`, names, in any case.
 *
 * @param name such as `SHA1` or `SHA-256`
 * @returns undefined for an unknown name
 * @example
 * ```ts
 * digestAlgorithm("SHA256"); // "SHA-256"
 * ```
 */
export function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  checkArgument("digestAlgorithm", "name", name, ["string"]);
  return DIGESTS.get(name.toLowerCase());
}
