import { decodeHex, encodeHex } from "@handlekit/core";
import { damagedKey, invalidKey } from "./invalid-key.ts";

/** The longest modulus, in bits. */
export const MAX_BITS = 16_384;
/** The longest modulus of a key without its primes, which have to be calculated, in bits. */
const MAX_BITS_WITHOUT_PRIMES = 4096;
/** The public exponents in use, the most frequent first. */
const EXPONENTS = [65_537n, 3n, 17n, 257n, 5n];
/** How often to try to find the primes; each try finds them with a probability of one half or more. */
const TRIES = 16n;

export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${encodeHex(bytes)}`);
}

function toBytes(number: bigint): Uint8Array {
  const text = number.toString(16);
  return decodeHex(text.padStart(text.length + (text.length % 2), "0")) ?? new Uint8Array();
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** Returns the inverse of a number, by Euclid's extended algorithm. */
function inverse(number: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [number % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

/**
 * Checks that the numbers of an RSA key belong together: a damaged key, or a wrong passphrase that happened to leave a
 * key, must not be taken for a good one.
 *
 * @param numbers n, e, d, p, q, dP, dQ, qInv
 * @throws HandleError `invalid_key` if they do not
 */
export function checkRsaNumbers(numbers: readonly Uint8Array[]): void {
  if (numbers.some(({ length }) => length * 8 > MAX_BITS)) {
    throw invalidKey(`The RSA key has more than ${MAX_BITS} bits.`);
  }
  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP, dQ, qInv = 0n] = numbers.map(toBigInt);
  const together =
    p > 2n &&
    q > 2n &&
    e > 2n &&
    d < n &&
    n === p * q &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    dP === d % (p - 1n) &&
    dQ === d % (q - 1n) &&
    (qInv * q) % p === 1n;
  if (!together) throw damagedKey();
}

/**
 * Calculates the other numbers of an RSA key from its modulus and private exponent.
 *
 * @returns n, e, d, p, q, dP, dQ, qInv
 * @throws HandleError `invalid_key` if the key is too long, or has another public exponent than is usual
 */
export function completeRsaNumbers(modulus: Uint8Array, privateExponent: Uint8Array): readonly Uint8Array[] {
  const [n, d] = [toBigInt(modulus), toBigInt(privateExponent)];
  if (modulus.length * 8 > MAX_BITS_WITHOUT_PRIMES || d >= n || n < 15n || (n & 1n) === 0n) {
    if (modulus.length * 8 <= MAX_BITS_WITHOUT_PRIMES) throw damagedKey();
    throw invalidKey(
      `The RSA key lacks its primes and has more than ${MAX_BITS_WITHOUT_PRIMES} bits.`,
      "Create a new key.",
    );
  }
  const raised = power(2n, d, n);
  const e = EXPONENTS.find((each) => power(raised, each, n) === 2n);
  if (e === undefined) throw damagedKey();
  // e * d - 1 is a multiple of the order of every number, so its halvings lead to a square root of 1. One that is
  // neither 1 nor -1 gives a prime.
  let odd = e * d - 1n;
  while ((odd & 1n) === 0n) odd >>= 1n;
  for (let base = 2n; base < 2n + TRIES; base++) {
    let root = power(base, odd, n);
    for (let i = 0; i < MAX_BITS_WITHOUT_PRIMES && root !== 1n && root !== n - 1n && root !== 0n; i++) {
      const square = (root * root) % n;
      if (square === 1n) {
        const p = gcd(root - 1n, n);
        const q = n / p;
        return [n, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)].map(toBytes);
      }
      root = square;
    }
  }
  throw damagedKey();
}
