import { checkArgument, checkOptions, concatBytes, invalidOptions, type Secret } from "@handlekit/core";
import { readPassword } from "../options.ts";
import { type MacAlgorithm, macAlgorithm } from "../wire/algorithm.ts";
import type { Pbkdf2Parameters, Signer } from "./signer.ts";

/** Options of {@link createSecretKeySigner}. */
export interface SecretKeySignerOptions {
  /** The data of the HS_SECKEY value; text stands for its UTF-8 bytes. */
  readonly secret: string | Secret;
  /**
   * `PBKDF2-HMAC-SHA1`, `HMAC-SHA256`, `HMAC-SHA1`, `SHA-256` or `SHA-1`, in any spelling that servers accept.
   * Default `PBKDF2-HMAC-SHA1`.
   */
  readonly alg?: string | undefined;
  /** For PBKDF2. Default a random salt of 16 bytes, 10000 iterations and 160 bits, as in Handle.Net's own client. */
  readonly parameters?: Pbkdf2Parameters | undefined;
}

const CALLER = "createSecretKeySigner";

type Mac = (key: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;

function hmac(hash: "SHA-1" | "SHA-256"): Mac {
  return async (bytes, message) => {
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["sign"]);
    return crypto.subtle.sign("HMAC", key, message);
  };
}

/** The digest of the message between two copies of the key. */
function digest(hash: "SHA-1" | "SHA-256"): Mac {
  return (key, message) => crypto.subtle.digest(hash, concatBytes(key, message, key));
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
  checkArgument(CALLER, "the option parameters.salt", salt, ["bytes"]);
  checkArgument(CALLER, "the option parameters.iterations", iterations, ["number"]);
  checkArgument(CALLER, "the option parameters.length", length, ["number"]);
  const whole = [iterations, length].every((number) => Number.isSafeInteger(number) && number > 0);
  if (!whole || length % 8 !== 0 || salt.length === 0) {
    throw invalidOptions(
      `${CALLER}: the option parameters cannot be used for PBKDF2.`,
      "Give a salt that is not empty, at least one iteration, and a length in bits that is a multiple of 8.",
    );
  }
  return { salt: new Uint8Array(salt), iterations, length };
}

async function derive(secret: Secret, { salt, iterations, length }: Pbkdf2Parameters) {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret.reveal()), "PBKDF2", false, [
    "deriveBits",
  ]);
  const algorithm = { name: "PBKDF2", hash: "SHA-1", salt: new Uint8Array(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length));
}

/**
 * Creates a signer that answers challenges with a shared secret (HS_SECKEY), through WebCrypto. For PBKDF2 the key is
 * derived once, at the first login.
 *
 * @throws HandleError `invalid_options` for an option that is missing, of the wrong type or empty, an algorithm that is
 *   not supported (MD5 is not), or unusable parameters
 * @example
 * ```ts
 * const signer = createSecretKeySigner({ secret: password });
 * ```
 */
export function createSecretKeySigner(options: SecretKeySignerOptions): Signer {
  checkOptions(CALLER, options, { alg: ["string", "undefined"], parameters: ["object", "undefined"] });
  const secret = readPassword(CALLER, "secret", options.secret);
  const alg = options.alg ?? "PBKDF2-HMAC-SHA1";
  const algorithm = macAlgorithm(alg);
  if (algorithm === undefined || algorithm === "MD5") {
    throw invalidOptions(
      `${CALLER}: the option alg is not an algorithm that is supported for secrets.`,
      `Use one of ${Object.keys(MACS).join(", ")}.`,
    );
  }
  const mac = MACS[algorithm];
  if (algorithm !== "PBKDF2-HMAC-SHA1") {
    return {
      type: "HS_SECKEY",
      alg,
      async sign(bytes) {
        checkArgument("sign", "bytes", bytes, ["bytes"]);
        return new Uint8Array(await mac(new Uint8Array(secret.reveal()), new Uint8Array(bytes)));
      },
    };
  }
  const parameters = readParameters(options.parameters);
  let derived: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return {
    type: "HS_SECKEY",
    alg,
    parameters,
    async sign(bytes) {
      checkArgument("sign", "bytes", bytes, ["bytes"]);
      derived ??= derive(secret, parameters);
      return new Uint8Array(await mac(await derived, new Uint8Array(bytes)));
    },
  };
}
