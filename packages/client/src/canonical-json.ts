function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

/**
 * Returns JSON with the members of objects in one order, so that equal values have equal text; "" for undefined.
 *
 * @throws TypeError if JSON cannot contain the value, such as a BigInt
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "";
}
