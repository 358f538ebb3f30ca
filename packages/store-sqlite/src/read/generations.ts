/** A cache that is bounded by the cost of what it has. */
export interface Generations<Value> {
  get(key: string): Value | undefined;
  has(key: string): boolean;
  set(key: string, value: Value, cost: number): void;
  delete(key: string): void;
}

interface Held<Value> {
  readonly value: Value;
  readonly cost: number;
}

/**
 * Creates a cache of two generations: when the younger one has half of the cost, it becomes the older one, and what was
 * in that is forgotten unless it was read since. That takes less time than to keep the order of all reads.
 *
 * @param maxCost the greatest sum of costs. What costs more than half of it is not taken
 */
export function createGenerations<Value>(maxCost: number): Generations<Value> {
  let young = new Map<string, Held<Value>>();
  let old = new Map<string, Held<Value>>();
  let cost = 0;

  function put(key: string, held: Held<Value>): void {
    if (cost + held.cost > maxCost / 2) {
      old = young;
      young = new Map();
      cost = 0;
    }
    young.set(key, held);
    cost += held.cost;
  }

  function remove(key: string): void {
    cost -= young.get(key)?.cost ?? 0;
    young.delete(key);
    old.delete(key);
  }

  return {
    has: (key) => young.has(key) || old.has(key),
    get(key) {
      const held = young.get(key);
      if (held !== undefined) return held.value;
      const older = old.get(key);
      if (older === undefined) return undefined;
      old.delete(key);
      put(key, older);
      return older.value;
    },
    set(key, value, price) {
      remove(key);
      if (price <= maxCost / 2) put(key, { value, cost: price });
    },
    delete: remove,
  };
}
