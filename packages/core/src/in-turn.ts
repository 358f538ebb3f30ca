/** Runs pieces of work that share an owner and a name one after the other. */
export type InTurn = <T>(owner: object, name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Creates a keyed mutex. Work of other owners or names is not held up, and a piece that fails does not hold up the next.
 *
 * @example
 * ```ts
 * const inTurn = createInTurn();
 * await inTurn(store, "20.500.12345/ABC", () => change());
 * ```
 */
export function createInTurn(): InTurn {
  const byOwner = new WeakMap<object, Map<string, Promise<unknown>>>();
  return async (owner, name, work) => {
    const lasts = byOwner.get(owner) ?? new Map<string, Promise<unknown>>();
    byOwner.set(owner, lasts);
    const mine = (lasts.get(name) ?? Promise.resolve()).then(work, work);
    lasts.set(name, mine);
    try {
      return await mine;
    } finally {
      if (lasts.get(name) === mine) lasts.delete(name);
    }
  };
}
