import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** What a session id seals: nothing of an unanswered challenge is stored. */
export interface Sealed {
  /** The server's nonce, 16 bytes. */
  readonly nonce: Uint8Array;
  /** Until when it may be answered, in milliseconds since 1970. */
  readonly expires: number;
}

/** Makes and opens session ids. */
export interface Sealer {
  seal(content: Sealed): string;
  /** undefined when the id was not made with this key. */
  open(id: string): Sealed | undefined;
}

const CIPHER = "aes-256-gcm";
const IV = 12;
const NONCE = 16;
const EXPIRES = 8;
const TAG = 16;
const LENGTH = IV + NONCE + EXPIRES + TAG;

/**
 * A sealer over AES-256-GCM.
 *
 * @param key 32 random bytes; processes that serve together share it
 */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal({ nonce, expires }) {
      const iv = randomBytes(IV);
      const cipher = createCipheriv(CIPHER, key, iv);
      const clear = Buffer.alloc(NONCE + EXPIRES);
      clear.set(nonce);
      clear.writeDoubleBE(expires, NONCE);
      return Buffer.concat([iv, cipher.update(clear), cipher.final(), cipher.getAuthTag()]).toString(
        "base64url",
      );
    },
    open(id) {
      const bytes = Buffer.from(id, "base64url");
      if (bytes.length !== LENGTH || bytes.toString("base64url") !== id) return undefined;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV));
      decipher.setAuthTag(bytes.subarray(LENGTH - TAG));
      try {
        const clear = Buffer.concat([decipher.update(bytes.subarray(IV, LENGTH - TAG)), decipher.final()]);
        return { nonce: new Uint8Array(clear.subarray(0, NONCE)), expires: clear.readDoubleBE(NONCE) };
      } catch {
        return undefined;
      }
    },
  };
}
