/** The PBKDF2 parameters, which the server needs to derive the same key. */
export interface Pbkdf2Parameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Length of the derived key in bits, a multiple of 8. */
  readonly length: number;
}

/** Answers a server's challenge, with a key in memory, in hardware or in a key service. */
export interface Signer {
  /** The type of the handle value that the server verifies the answer with. */
  readonly type: "HS_SECKEY" | "HS_PUBKEY";
  /** The name of the algorithm that is sent to the server, such as `SHA-256` or `PBKDF2-HMAC-SHA1`. */
  readonly alg: string;
  /** For PBKDF2 only: the parameters with which `sign` derives its key. */
  readonly parameters?: Pbkdf2Parameters | undefined;
  /** Resolves to the answer over these bytes: a MAC for HS_SECKEY; an RSASSA-PKCS1-v1_5 or DSA (DER) signature for HS_PUBKEY. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}
