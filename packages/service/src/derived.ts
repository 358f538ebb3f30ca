/** What was derived from objects that a store may return again: their encoded answers, where they lead to. */
export interface Derived<From extends object, Value> {
  get(from: From): Value | undefined;
  /** Keeps a value as long as the object it was derived from, once that object is given for the second time. */
  set(from: From, value: Value): void;
}

/**
 * Creates an empty {@link Derived}.
 *
 * Objects that are used once leave nothing. V8 frees a key of a WeakMap in a minor collection, but its value only in a
 * major one: with reads of random records, each of which is decoded for one answer, everything derived from them was
 * copied into the old generation first.
 */
export function createDerived<From extends object, Value>(): Derived<From, Value> {
  const seen = new WeakSet<From>();
  const known = new WeakMap<From, Value>();
  return {
    get: (from) => known.get(from),
    set(from, value) {
      if (seen.has(from)) known.set(from, value);
      else seen.add(from);
    },
  };
}
