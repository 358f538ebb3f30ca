import { createHmac, timingSafeEqual } from "node:crypto";
import { HandleError } from "@handlekit/core";

const LEAST_KEY_BYTES = 32;

/** Marks by which secrets are recognised; without the key they say nothing about them. */
export interface SecretMarks {
  /** The mark of a secret of one App Id, as text. */
  mark(appId: string, secret: Uint8Array): string;
  /** True when a secret has one of these marks; takes as long whichever it is. */
  matches(appId: string, secret: Uint8Array, marks: readonly string[]): boolean;
  /** Tells keys apart without telling them. */
  readonly keyMark: string;
}

/**
 * Marks by HMAC-SHA-256.
 *
 * @param key 32 random bytes or more, kept outside of the database; processes that serve together share it
 * @throws HandleError `invalid_options` when the key is shorter
 */
export function createSecretMarks(key: Uint8Array): SecretMarks {
  if (key.length < LEAST_KEY_BYTES) {
    throw new HandleError("invalid_options", {
      message: `The key of the ARDC clients' secrets has ${key.length} bytes; it needs ${LEAST_KEY_BYTES}.`,
    });
  }
  const hmac = (...parts: readonly (string | Uint8Array)[]) =>
    parts
      .reduce<ReturnType<typeof createHmac>>((sum, part) => sum.update(part), createHmac("sha256", key))
      .digest();
  const digestOf = (appId: string, secret: Uint8Array) => hmac("secret\0", appId, "\0", secret);
  return {
    mark: (appId, secret) => digestOf(appId, secret).toString("base64"),
    matches(appId, secret, marks) {
      const digest = digestOf(appId, secret);
      return marks.map((mark) => timingSafeEqual(digest, Buffer.from(mark, "base64"))).includes(true);
    },
    keyMark: hmac("key\0").toString("base64"),
  };
}
