import { checkArgument } from "@handlekit/core";
import type { Fault, FaultPlan, FaultRequest } from "./fault.ts";

/** Returns a plan as a function. After the end of a queue there are no more faults. */
export function readPlan(plan: FaultPlan): (request: FaultRequest) => Fault | undefined {
  return typeof plan === "function" ? plan : ({ n }) => plan[n - 1];
}

function checkFaults(caller: string, faults: readonly Fault[]): void {
  for (const fault of faults) checkArgument(caller, "a fault", fault, ["object"]);
}

/**
 * Creates a plan that injects a fault into every nth request.
 *
 * @param nth 2 for every second request
 * @param faults the faults, used in turn
 * @example
 * ```ts
 * everyNth(3, { kind: "busy" }, { kind: "reset-after" }); // 3 busy, 6 reset, 9 busy, ...
 * ```
 */
export function everyNth(
  nth: number,
  ...faults: readonly Fault[]
): (request: FaultRequest) => Fault | undefined {
  checkArgument("everyNth", "nth", nth, ["number"]);
  checkFaults("everyNth", faults);
  return ({ n }) => (n % nth === 0 ? faults[(n / nth - 1) % faults.length] : undefined);
}

/** Returns a pseudo-random number from 0 to 1 that depends only on the arguments. */
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
 * Creates a plan that injects faults at random. The fault of the nth request depends only on the seed and n.
 *
 * @param seed any integer; print it when a test fails
 * @param probability the probability of a fault, from 0 to 1
 * @param faults the faults, used with equal probability
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
  checkArgument("withProbability", "seed", seed, ["number"]);
  checkArgument("withProbability", "probability", probability, ["number"]);
  checkFaults("withProbability", faults);
  return ({ n }) =>
    chance(seed, n, 0) < probability ? faults[Math.floor(chance(seed, n, 1) * faults.length)] : undefined;
}
