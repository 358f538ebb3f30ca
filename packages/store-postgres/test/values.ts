import type { HandleKey, HandleStore, RecordValues, StoredValue } from "@handlekit/core/store";

/** A value with a text as data. */
export function value(index: number, text: string, more: Partial<StoredValue> = {}): StoredValue {
  return {
    index,
    type: "URL",
    data: new TextEncoder().encode(text),
    ttlType: "relative",
    ttl: 86400,
    permissions: 14,
    timestamp: 1_700_000_000,
    references: [],
    ...more,
  };
}

/** The text of the first value of a record; undefined if there is none. */
export async function textAt(store: HandleStore, key: HandleKey): Promise<string | undefined> {
  const data = (await store.read(key))?.values[0]?.data;
  return data && new TextDecoder().decode(data);
}

/** A record of one value with this text. */
export const valuesOf = (text: string): RecordValues => [value(1, text)];
