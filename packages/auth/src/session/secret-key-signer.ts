import { createByteWriter, HandleError, quoteForMessage, type Secret } from "@handlekit/core";
import { readSecret } from "../options.ts";
import { type MacAlgorithm, macAlgorithm } from "../wire/algorithm.ts";
import type { Pbkdf2Parameters, Signer } from "./signer.ts";

/** What {@link createSecretKeySigner} needs. */
export interface SecretKeySignerOptions {
  /** The data of the HS_SECKEY value; text is taken as its UTF-8 bytes. */
  readonly secret: string | Secret;
  /**
   * `PBKDF2-HMAC-SHA1`, `HMAC-SHA256`, `HMAC-SHA1`, `SHA-256` or `SHA-1`, in any spelling that servers know.
   * Default `PBKDF2-HMAC-SHA1`.
   */
  readonly alg?: string;
  /** For PBKDF2. Default a random salt of 16 bytes, 10000 iterations, 160 bits, as Handle.Net's own client has them. */
  readonly parameters?: Pbkdf2Parameters;
}

type Mac = (key: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;

function hmac(hash: "SHA-1" | "SHA-256"): Mac {
  return async (bytes, message) => {
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["sign"]);
    return crypto.subtle.sign("HMAC", key, message);
  };
}

/** The key on both sides of the message. */
function digest(hash: "SHA-1" | "SHA-256"): Mac {
  return (key, message) =>
    crypto.subtle.digest(hash, createByteWriter().raw(key).raw(message).raw(key).finish());
}

const MACS: Readonly<Record<Exclude<MacAlgorithm, "MD5">, Mac>> = {
  "SHA-1": digest("SHA-1"),
  "SHA-256": digest("SHA-256"),
  "HMAC-SHA1": hmac("SHA-1"),
  "HMAC-SHA256": hmac("SHA-256"),
  "PBKDF2-HMAC-SHA1": hmac("SHA-1"),
};

function readParameters(given: Pbkdf2Parameters | undefined): Pbkdf2Parameters {
  if (!given) return { salt: crypto.getRandomValues(new Uint8Array(16)), iterations: 10_000, length: 160 };
  const { salt, iterations, length } = given;
  const whole = [iterations, length].every((number) => Number.isSafeInteger(number) && number > 0);
  if (!whole || length % 8 !== 0 || salt.length === 0) {
    throw new HandleError("invalid_options", {
      message: "The PBKDF2 parameters are not usable.",
      hint: "Give a salt that is not empty, at least one iteration, and a length in bits that is a multiple of 8.",
    });
  }
  return { salt: new Uint8Array(salt), iterations, length };
}

async function derive(secret: Secret, { salt, iterations, length }: Pbkdf2Parameters) {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret.reveal()), "PBKDF2", false, [
    "deriveBits",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-1", salt: new Uint8Array(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, length));
}

/**
 * Answers challenges with a shared secret (HS_SECKEY), through WebCrypto. For PBKDF2 the key is derived once,
 * at the first login.
 *
 * @throws HandleError `invalid_options` for an empty secret, an algorithm that is not offered (MD5 is not), or
 *   parameters that are not usable
 * @example
 * ```ts
 * const signer = createSecretKeySigner({ secret: password });
 * ```
 */
export function createSecretKeySigner(options: SecretKeySignerOptions): Signer {
  const secret = readSecret(options.secret);
  if (secret.reveal().length === 0) {
    throw new HandleError("invalid_options", { message: "The secret is empty." });
  }
  const alg = options.alg ?? "PBKDF2-HMAC-SHA1";
  const algorithm = macAlgorithm(alg);
  if (algorithm === undefined || algorithm === "MD5") {
    throw new HandleError("invalid_options", {
      message: `${quoteForMessage(alg)} is not an algorithm a secret can answer with here.`,
      hint: `Use one of ${Object.keys(MACS).join(", ")}.`,
    });
  }
  const mac = MACS[algorithm];
  if (algorithm !== "PBKDF2-HMAC-SHA1") {
    return {
      type: "HS_SECKEY",
      alg,
      sign: async (bytes) =>
        new Uint8Array(await mac(new Uint8Array(secret.reveal()), new Uint8Array(bytes))),
    };
  }
  const parameters = readParameters(options.parameters);
  let derived: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return {
    type: "HS_SECKEY",
    alg,
    parameters,
    async sign(bytes) {
      derived ??= derive(secret, parameters);
      return new Uint8Array(await mac(await derived, new Uint8Array(bytes)));
    },
  };
}
