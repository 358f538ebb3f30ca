// A store of your own: lib/log-store.mjs implements HandleStore in one file, describeStore of @handlekit/testing tests it.
// Here a service changes a record in it, and another one finds the record after the file was closed and opened again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeValues, foldCase, handleKey } from "@handlekit/core";
import { updateRecord } from "@handlekit/core/store";
import { createHandleService } from "@handlekit/service";
import { openLogStore } from "./lib/log-store.mjs";

const folder = await mkdtemp(join(tmpdir(), "handlekit-store-"));
const path = join(folder, "records.jsonl");

const first = await openLogStore(path);
await first.home(foldCase("20.500.12345"));
for (const data of ["https://example.org/first", "https://example.org/second"]) {
  await updateRecord(first, handleKey("20.500.12345/abc"), () =>
    encodeValues([{ index: 1, type: "URL", data }]),
  );
}
await first.close();

const second = await openLogStore(path);
const { status, headers } = await createHandleService({ store: second }).respond({
  method: "GET",
  target: "/20.500.12345/abc",
  headers: {},
  body: new Uint8Array(),
  connection: { secure: true },
});
console.log(status, headers.find(([name]) => name.toLowerCase() === "location")?.[1]);
await second.close();
await rm(folder, { recursive: true });
