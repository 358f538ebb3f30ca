import { handleKey } from "@handlekit/core";
import {
  auditEntry,
  formatAuditEntry,
  type RecordValues,
  type StoredRecord,
  verifyAudit,
} from "@handlekit/core/store";
import { expect, it } from "vitest";
import { openSqlite } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { valuesOf } from "./values.ts";

const key = handleKey("20.500.12345/large");
const tempFile = useTempFiles();
const value = (index: number, text: string) => valuesOf(text).map((each) => ({ ...each, index }));
const time = new Date("2026-01-02T03:04:05Z");

/** A record of more than 64 KiB; its last value is a secret key if `secret` is true. */
function largeRecord(first: string, secret = false): RecordValues {
  const values = Array.from({ length: 2000 }, (_, i) =>
    value(i + 1, `${first} ${i} of a large record`),
  ).flat();
  const keys = value(5000, "S3CR3T").map((each) => ({ ...each, type: "HS_SECKEY" }));
  return secret ? [...values, ...keys] : values;
}

it("the audit of large records has the states that its entries say, without secret keys", async () => {
  const { store, close } = await openSqlite({ file: tempFile() });
  const expected: string[] = [];
  let present: StoredRecord | undefined;
  const states = [
    largeRecord("one"),
    largeRecord("two"),
    largeRecord("three", true),
    largeRecord("four"),
    valuesOf("small"),
    largeRecord("five"),
    undefined,
    largeRecord("six"),
  ];
  for (const after of states) {
    const before = present?.values;
    const entry = auditEntry({
      time,
      identity: { index: 300, handle: "20.500.12345/USER" },
      scheme: "basic",
      address: "192.0.2.1",
      handle: "20.500.12345/large",
      before,
      after,
    });
    expected.push(formatAuditEntry(entry));
    expect(await store.commit(key, present?.revision ?? "absent", after ?? null, entry)).toBe("done");
    present = await store.read(key);
  }
  const entries = (await store.audit?.read({ limit: 100 })) ?? [];
  expect(entries.map(({ entry }) => formatAuditEntry(entry))).toEqual(expected);
  expect(expected.join("")).not.toContain("S3CR3T");
  expect((await verifyAudit(entries)).problems).toEqual([]);
  await close();
});

it("an entry that says something else than the records is written as it is", async () => {
  const { store, close } = await openSqlite({ file: tempFile() });
  const [before, after] = [largeRecord("told before"), largeRecord("told after")];
  const entry = auditEntry({
    time,
    identity: undefined,
    scheme: "command",
    address: undefined,
    handle: "20.500.12345/large",
    before,
    after,
  });
  await store.commit(key, "absent", largeRecord("written"), entry);
  const [written] = (await store.audit?.read({ limit: 1 })) ?? [];
  expect(written && formatAuditEntry(written.entry)).toBe(formatAuditEntry(entry));
  await close();
});
