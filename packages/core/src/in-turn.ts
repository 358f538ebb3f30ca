import { checkArgument } from "./check.ts";

/** Runs `work` when all earlier calls with the same owner and name have finished. */
export type InTurn = <T>(owner: object, name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Creates a keyed mutex: calls with the same owner and name run one after the other, others at the same time. A failed
 * call does not block the next one.
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
    checkArgument("inTurn", "owner", owner, ["object", "function"]);
    checkArgument("inTurn", "name", name, ["string"]);
    checkArgument("inTurn", "work", work, ["function"]);
    const pending = byOwner.get(owner) ?? new Map<string, Promise<unknown>>();
    byOwner.set(owner, pending);
    const current = (pending.get(name) ?? Promise.resolve()).then(work, work);
    pending.set(name, current);
    try {
      return await current;
    } finally {
      if (pending.get(name) === current) pending.delete(name);
    }
  };
}
