import { createHash } from "node:crypto";

/** SHA-256 without a promise, which takes longer than the digest of a small record. */
export const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
