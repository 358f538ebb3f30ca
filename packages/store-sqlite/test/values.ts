import type { HandleKey, HandleStore, RecordValues, StoredRecord } from "@handlekit/core/store";

/** A record of one value with this text. */
export function valuesOf(text: string): RecordValues {
  return [
    {
      index: 1,
      type: "URL",
      data: new TextEncoder().encode(text),
      ttlType: "relative",
      ttl: 86400,
      permissions: 14,
      timestamp: 0,
      references: [],
    },
  ];
}

/** The text of such a record; undefined when there is none. */
export function textOf(record: StoredRecord | undefined): string | undefined {
  const data = record?.values[0]?.data;
  return data && new TextDecoder().decode(data);
}

/** The text of the record under a key. */
export async function textAt(store: HandleStore, key: HandleKey): Promise<string | undefined> {
  return textOf(await store.read(key));
}
