/** What a PBKDF2 answer tells the server, so that it derives the same key. */
export interface Pbkdf2Parameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Length of the derived key in bits, a multiple of 8. */
  readonly length: number;
}

/** What answers a server's challenge: a key in memory, in hardware or in a key service. */
export interface Signer {
  /** The type of the handle value that the server checks the answer against. */
  readonly type: "HS_SECKEY" | "HS_PUBKEY";
  /** As the server is told, such as `SHA-256` or `PBKDF2-HMAC-SHA1`. */
  readonly alg: string;
  /** For PBKDF2 only: what `sign` derives its key with. */
  readonly parameters?: Pbkdf2Parameters;
  /** The answer over these bytes: HS_SECKEY a MAC; HS_PUBKEY an RSASSA-PKCS1-v1_5 or DSA (DER) signature. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}
