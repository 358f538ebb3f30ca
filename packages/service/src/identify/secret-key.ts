import { createHash, timingSafeEqual } from "node:crypto";
import { handleKey, type ValueReference } from "@handlekit/core";
import type { HandleStore, StoredValue } from "@handlekit/core/store";

/** The values of a type that an identity can mean: the one at its index, or all of the handle for index 0. */
export async function keyValues(
  store: HandleStore,
  identity: ValueReference,
  type: "HS_SECKEY" | "HS_PUBKEY" | "HS_SITE",
): Promise<readonly StoredValue[]> {
  const record = await store.read(handleKey(identity.handle));
  const keys = record?.values.filter((value) => value.type === type) ?? [];
  return identity.index === 0 ? keys : keys.filter((value) => value.index === identity.index);
}

/** Equal or not, in a time that tells nothing about where they differ or how long they are. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}
