import { checkArgument } from "../check.ts";

/** A cache that is bounded by the cost of what it has. */
export interface Generations<Value> {
  get(key: string): Value | undefined;
  has(key: string): boolean;
  set(key: string, value: Value, cost: number): void;
  delete(key: string): void;
  /** The sum of the costs of what it has. */
  readonly cost: number;
}

interface Held<Value> {
  readonly key: string;
  readonly value: Value;
  readonly cost: number;
}

/** Returns the same text without what it was cut from: V8 keeps a URL in memory as long as any part of it. */
const copyOf = (text: string) => ` ${text}`.slice(1);

/**
 * Creates a cache of two generations: when the younger one has half of the cost, it becomes the older one, and what was
 * in that is forgotten unless it was read since. That takes less time than to keep the order of all reads.
 *
 * @param maxCost the greatest sum of costs. What costs more than half of it is not taken
 * @example
 * ```ts
 * const known = createGenerations<StateEntry>(4 * 1024 * 1024);
 * known.set(key, entry, key.length + entry.value.length);
 * ```
 */
export function createGenerations<Value>(maxCost: number): Generations<Value> {
  checkArgument("createGenerations", "maxCost", maxCost, ["number"]);
  let young = new Map<string, Held<Value>>();
  let old = new Map<string, Held<Value>>();
  /** Of the younger generation, and of the older one. */
  let cost = 0;
  let oldCost = 0;

  function put(held: Held<Value>): void {
    if (cost + held.cost > maxCost / 2) {
      old = young;
      oldCost = cost;
      young = new Map();
      cost = 0;
    }
    young.set(held.key, held);
    cost += held.cost;
  }

  function forgetOld(key: string, { cost: freed }: Held<Value>): void {
    old.delete(key);
    oldCost -= freed;
  }

  function remove(key: string): void {
    cost -= young.get(key)?.cost ?? 0;
    young.delete(key);
    const older = old.get(key);
    if (older !== undefined) forgetOld(key, older);
  }

  return {
    has: (key) => young.has(key) || old.has(key),
    get(key) {
      const held = young.get(key);
      if (held !== undefined) return held.value;
      const older = old.get(key);
      if (older === undefined) return undefined;
      forgetOld(key, older);
      put(older);
      return older.value;
    },
    set(key, value, price) {
      remove(key);
      if (price <= maxCost / 2) put({ key: copyOf(key), value, cost: price });
    },
    delete: remove,
    get cost() {
      return cost + oldCost;
    },
  };
}
