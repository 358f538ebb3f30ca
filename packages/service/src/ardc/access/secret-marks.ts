import { createHmac, timingSafeEqual } from "node:crypto";
import { invalidOptions } from "@handlekit/core";

const MIN_KEY_BYTES = 32;

/** Computes and compares marks of secrets. A mark reveals nothing about its secret without the key. */
export interface SecretMarks {
  /** Returns the mark of a secret of one App Id, as text. */
  mark(appId: string, secret: Uint8Array): string;
  /** Returns true if a secret has one of these marks, in a time that does not depend on which. */
  matches(appId: string, secret: Uint8Array, marks: readonly string[]): boolean;
  /** A mark of the key itself, to recognise it. */
  readonly keyMark: string;
}

/**
 * Creates marks by HMAC-SHA-256.
 *
 * @param key at least 32 random bytes, stored outside of the database; the processes of one server share it
 * @throws HandleError `invalid_options` if the key is shorter
 */
export function createSecretMarks(key: Uint8Array): SecretMarks {
  if (key.length < MIN_KEY_BYTES) {
    throw invalidOptions(
      `The key of the ARDC clients' secrets has ${key.length} bytes; it must have at least ${MIN_KEY_BYTES}.`,
      "Create it with randomBytes(32).",
    );
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
