import { encodeUtf8 } from "./bytes.ts";
import { checkArgument } from "./check.ts";

/**
 * Bytes that must not be printed: a password, a shared secret, a private key. Recognised by its shape, so that a Secret
 * of another copy of core, or your own implementation, is accepted.
 */
export interface Secret {
  /** Returns the bytes. Do not keep them longer than needed. */
  reveal(): Uint8Array;
}

const REDACTED = "[redacted]";

/**
 * Wraps a secret, so that printing, JSON and inspection show `[redacted]`.
 *
 * @param value the secret as bytes, or as text that is encoded as UTF-8
 * @returns a Secret whose `reveal()` returns a new copy of the bytes each time
 * @throws HandleError `invalid_options` if `value` is neither
 * @example
 * ```ts
 * const password = secret("correct horse");
 * `${password}`; // "[redacted]"
 * ```
 */
export function secret(value: string | Uint8Array): Secret {
  checkArgument("secret", "value", value, ["string", "bytes"]);
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
