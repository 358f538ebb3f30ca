import type { StoredValue } from "@handlekit/core/store";

/** Until when a value may be kept, in milliseconds since 1970. */
export function expiryOf(value: Pick<StoredValue, "ttl" | "ttlType">, now: number): number {
  return value.ttlType === "absolute" ? value.ttl * 1000 : now + Math.max(0, value.ttl) * 1000;
}

/** The header that says so. */
export function expiresHeader(expiry: number): readonly [string, string] {
  return ["Expires", new Date(expiry).toUTCString()];
}
