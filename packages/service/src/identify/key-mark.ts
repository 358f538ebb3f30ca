import { createHmac } from "node:crypto";
import { handleKey, hasType, type ValueReference } from "@handlekit/core";
import type { HandleStore, StoredValue } from "@handlekit/core/store";
import { createDerived } from "../derived.ts";
import { keyValues } from "./secret-key.ts";

/** The types of values that authenticate an identity. */
const KEY_TYPES = ["HS_SECKEY", "HS_PUBKEY", "HS_SITE"] as const;

/** A key value: its type and its data. */
export type KeyValue = Pick<StoredValue, "type" | "data">;

/** Returns the mark of a key value, by which it is recognised later. */
export type KeyMark = (value: KeyValue) => string;

/**
 * Creates the marks of key values: HMAC-SHA-256 of type and data, so that nobody can guess a password by its mark.
 *
 * @param secret 32 bytes, which are not in the store of the marks
 */
export function createKeyMark(secret: Uint8Array): KeyMark {
  const key = createHmac("sha256", secret).update("marks of key values").digest();
  const known = createDerived<KeyValue, string>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const { type, data } = value;
    const kind = KEY_TYPES.find((each) => hasType(type, each)) ?? "";
    const mark = createHmac("sha256", key).update(`${kind}\0`).update(data).digest("base64url");
    known.set(value, mark);
    return mark;
  };
}

/** Resolves to true if an identity still has the key value with a mark. */
export async function hasKey(
  store: HandleStore,
  identity: ValueReference,
  mark: string,
  keyMark: KeyMark,
): Promise<boolean> {
  const values = (await store.read(handleKey(identity.handle)))?.values;
  const keys = KEY_TYPES.flatMap((type) => keyValues(values, identity, type));
  return keys.some((value) => keyMark(value) === mark);
}
