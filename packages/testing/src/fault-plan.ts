import type { Fault, FaultPlan, FaultRequest } from "./fault.ts";

/** A plan as a function; after the end of a queue nothing goes wrong. */
export function readPlan(plan: FaultPlan): (request: FaultRequest) => Fault | undefined {
  return typeof plan === "function" ? plan : ({ n }) => plan[n - 1];
}

/**
 * A plan by which every nth request goes wrong.
 *
 * @param nth 2 for every second request
 * @param faults taken in turn
 * @example
 * ```ts
 * everyNth(3, { kind: "busy" }, { kind: "reset-after" }); // 3 busy, 6 reset, 9 busy, ...
 * ```
 */
export function everyNth(
  nth: number,
  ...faults: readonly Fault[]
): (request: FaultRequest) => Fault | undefined {
  return ({ n }) => (n % nth === 0 ? faults[(n / nth - 1) % faults.length] : undefined);
}

/** A number from 0 to 1, always the same for the same three. */
function chance(seed: number, n: number, which: number): number {
  let hash = seed | 0;
  for (const part of [n, which]) {
    hash = Math.imul(hash ^ part, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
    hash ^= hash >>> 13;
  }
  return (hash >>> 0) / 2 ** 32;
}

/**
 * A plan by which requests go wrong at random. Whether the nth does, and how, depends on the seed and n alone.
 *
 * @param seed any whole number; print it where a test fails
 * @param probability from 0 to 1
 * @param faults taken with equal probability
 * @example
 * ```ts
 * withProbability(7, 0.2, { kind: "busy" }, { kind: "reset-after" });
 * ```
 */
export function withProbability(
  seed: number,
  probability: number,
  ...faults: readonly Fault[]
): (request: FaultRequest) => Fault | undefined {
  return ({ n }) =>
    chance(seed, n, 0) < probability ? faults[Math.floor(chance(seed, n, 1) * faults.length)] : undefined;
}
