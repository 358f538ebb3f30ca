import { encodeUtf8 } from "./bytes.ts";
import { checkArgument } from "./check.ts";
import { invalidOptions } from "./error.ts";

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

/**
 * Checks that an argument is a Secret. Plain JavaScript often gives its text.
 *
 * @param caller the public function, such as `writePrivateKey`
 * @param what the argument in words, such as `the option privateKey`
 * @throws HandleError `invalid_options` that names the caller and the argument, and never shows its value
 * @example
 * ```ts
 * checkSecret("writePrivateKey", "privateKey", privateKey);
 * ```
 */
export function checkSecret(caller: string, what: string, value: unknown): void {
  if (typeof (value as Secret | null | undefined)?.reveal === "function") return;
  throw invalidOptions(
    `${caller}: ${what} must be a Secret.`,
    "Wrap its text: secret(text), from @handlekit/core.",
  );
}
