import {
  createByteReader,
  createByteWriter,
  decodePublicKey,
  isHandleError,
  type PublicKeyJwk,
} from "@handlekit/core";
import { signed, withoutZeros } from "./der.ts";
import { damagedKey, invalidKey } from "./invalid-key.ts";
import type { PrivateNumbers } from "./key-numbers.ts";
import { checkRsaNumbers, completeRsaNumbers, toBigInt } from "./rsa-numbers.ts";

const RSA_CRT = "RSA_PRIVCRT_KEY";
const RSA = "RSA_PRIV_KEY";
const DSA = "DSA_PRIV_KEY";
/** The count of numbers of each type of private key. */
const COUNTS: Readonly<Record<string, number>> = { [RSA_CRT]: 8, [RSA]: 2, [DSA]: 4 };
/** The type of the public keys of key exchanges in the native protocol, which are nobody's identity. */
const DH_PUBLIC = "DH_PUB_KEY";
/** The longest prime of a DSA key, in bits, and the longest subgroup order. */
const MAX_DSA_BITS = 8192;
const MAX_DSA_ORDER_BITS = 512;

/** Returns true if a `.bin` file is a public key: it begins with its type, where a private key has a code. */
export function isPublicBin(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(4, 20)).toString("latin1").includes("_PUB_KEY");
}

/**
 * Decodes the public key in a `.bin` file.
 *
 * @throws HandleError `invalid_key` if it is damaged, or neither an RSA nor a DSA key
 */
export function decodePublicBin(bytes: Uint8Array): PublicKeyJwk {
  try {
    if (createByteReader(bytes, "key").text() === DH_PUBLIC) {
      throw invalidKey(
        "The key is a Diffie-Hellman key, which encrypts a session and identifies nobody.",
        "Use the public key of the user or server: admpub.bin or pubkey.bin.",
      );
    }
    return decodePublicKey(bytes);
  } catch (error) {
    throw isHandleError(error, "invalid_value") ? damagedKey() : error;
  }
}

function checkDsaNumbers([x, p, q]: readonly Uint8Array[]): void {
  if (!x || !p || !q || p.length * 8 > MAX_DSA_BITS || q.length * 8 > MAX_DSA_ORDER_BITS) throw damagedKey();
  const [secret, prime, order] = [toBigInt(x), toBigInt(p), toBigInt(q)];
  if (secret === 0n || secret >= order || order < 2n || (prime - 1n) % order !== 0n) throw damagedKey();
}

/**
 * Decodes the clear bytes of a private key in a `.bin` file.
 *
 * @returns undefined if they do not begin with a type of private key, as after decryption with a wrong passphrase
 * @throws HandleError `invalid_key` if they are damaged
 */
export function decodePrivateBin(clear: Uint8Array): PrivateNumbers | undefined {
  let type: string;
  let numbers: readonly Uint8Array[];
  try {
    const input = createByteReader(clear, "private key");
    type = input.text();
    numbers = Array.from({ length: COUNTS[type] ?? 0 }, () => withoutZeros(input.bytes()));
    if (!Object.hasOwn(COUNTS, type)) return undefined;
    if (input.take(input.remaining).some((byte) => byte !== 0)) throw damagedKey();
  } catch (error) {
    if (!isHandleError(error, "invalid_value")) throw error;
    if (Object.keys(COUNTS).some((each) => Buffer.from(clear.subarray(4)).indexOf(each) === 0))
      throw damagedKey();
    return undefined;
  }
  if (type === DSA) {
    checkDsaNumbers(numbers);
    return { type: "DSA", numbers };
  }
  const [n, d] = numbers;
  if (!n || !d) throw damagedKey();
  const complete = type === RSA ? completeRsaNumbers(n, d) : numbers;
  checkRsaNumbers(complete);
  return { type: "RSA", numbers: complete };
}

/** Encodes a private key as the clear bytes in a `.bin` file. */
export function encodePrivateBin({ type, numbers }: PrivateNumbers): Uint8Array {
  const out = createByteWriter().bytes(type === "RSA" ? RSA_CRT : DSA);
  for (const number of numbers) out.bytes(signed(number));
  return out.finish();
}
