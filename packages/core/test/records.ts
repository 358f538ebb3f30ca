import { handleKey, type ReadRecord, type StoredValue } from "@handlekit/core";
import { adminValue, listValue, storedValue } from "./support.ts";

/** Reads from records by handle, in any ASCII case, as a service reads from its store. */
export function reader(records: Readonly<Record<string, readonly StoredValue[]>>): ReadRecord {
  const byKey = new Map(Object.entries(records).map(([handle, values]) => [handleKey(handle), values]));
  return async (handle) => byKey.get(handleKey(handle));
}

/** A value that only its administrators may read. */
export function hiddenValue(index: number): StoredValue {
  return storedValue(index, { type: "HS_SECKEY", permissions: 0b1100 });
}

/** The records that the Handle.Net 9.3.1 server of the recordings held (seed.json), without site and key data. */
export const SEED: Readonly<Record<string, readonly StoredValue[]>> = {
  "0.NA/0.NA": [adminValue(100, "300:0.NA/20.500.99999")],
  "0.NA/20.500.99999": [
    adminValue(100, "200:0.NA/20.500.99999", 0b110011111111),
    listValue(200, ["300:0.NA/20.500.99999", "301:0.NA/20.500.99999", "300:20.500.99999/USER1"]),
  ],
  "20.500.99999/USER1": [adminValue(100, "200:0.NA/20.500.99999"), hiddenValue(300)],
  "0.NA/TEST": [
    adminValue(100, "200:0.NA/TEST"),
    listValue(200, ["300:0.NA/TEST", "301:0.NA/TEST", "200:TEST/GROUP"]),
  ],
  "TEST/GROUP": [adminValue(100, "200:0.NA/TEST"), listValue(200, ["300:TEST/MEMBER"])],
  "TEST/MEMBER": [adminValue(100, "200:0.NA/TEST"), hiddenValue(300)],
  "TEST/OUTSIDER": [adminValue(100, "200:0.NA/TEST"), hiddenValue(300)],
};
