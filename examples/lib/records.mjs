// A store in memory with one record, for the examples that mount the service in a framework.
import { encodeValues, foldCase, handleKey } from "@handlekit/core";
import { openMemory } from "@handlekit/service";

export const HANDLE = "20.500.12345/abc";

export async function openRecords() {
  const { store } = openMemory();
  await store.home(foldCase("20.500.12345"));
  const values = encodeValues([{ index: 1, type: "URL", data: "https://example.org/abc" }]);
  await store.commit(handleKey(HANDLE), "absent", values);
  return store;
}

/**
 * Shows where a mounted resolver leads.
 *
 * @param {string} base the address that it is mounted at
 */
export async function showResolver(base) {
  const answer = await fetch(`${base}/${HANDLE}`, { redirect: "manual" });
  console.log(`/hdl/${HANDLE} -> ${answer.status} ${answer.headers.get("location")}`);
  const record = await (await fetch(`${base}/api/handles/${HANDLE}?type=URL`)).json();
  console.log(`/hdl/api/handles/${HANDLE} -> ${record.values[0].data.value}`);
}
