import { encodeUtf8 } from "./bytes.ts";

/**
 * Bytes that must not be printed: a password, a shared secret, a private key.
 * Known by its shape, so that a Secret of another copy of core, or of your own making, is accepted.
 */
export interface Secret {
  /** The bytes. Do not keep them longer than needed. */
  reveal(): Uint8Array;
}

const REDACTED = "[redacted]";

/**
 * Wraps bytes so that printing, JSON and inspection show `[redacted]`.
 *
 * @param value the secret; text is taken as its UTF-8 bytes
 * @returns a Secret that hands out a copy of the bytes on each `reveal()`
 * @example
 * ```ts
 * const password = secret("correct horse");
 * `${password}`; // "[redacted]"
 * ```
 */
export function secret(value: string | Uint8Array): Secret {
  const bytes = typeof value === "string" ? encodeUtf8(value) : new Uint8Array(value);
  const hidden = () => REDACTED;
  const wrapped: Secret = { reveal: () => new Uint8Array(bytes) };
  for (const key of [
    "toString",
    "toJSON",
    Symbol.for("nodejs.util.inspect.custom"),
    Symbol.for("Deno.customInspect"),
  ]) {
    Object.defineProperty(wrapped, key, { value: hidden });
  }
  return Object.freeze(wrapped);
}
