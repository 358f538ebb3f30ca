import { existsSync, statSync, writeFileSync } from "node:fs";
import { handleKey } from "@handlekit/core";
import { auditEntry } from "@handlekit/core/store";
import { expect, it } from "vitest";
import { backupSqlite, checkSqlite, openSqlite } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt, valuesOf } from "./values.ts";

const tempFile = useTempFiles();
const key = (name: string | number) => handleKey(`20.500.1/${name}`);

it("copies a store while it is written, with everything that was answered before", async () => {
  const file = tempFile();
  const { store, state, close } = await openSqlite({ file });
  const who = { time: new Date(), identity: undefined, scheme: "command", address: undefined };
  const write = async (name: string | number) => {
    const values = valuesOf(`${name}`);
    const entry = auditEntry({ ...who, handle: key(name), before: undefined, after: values });
    await store.commit(key(name), "absent", values, entry);
  };
  const remove = async (name: string | number) => {
    const { values, revision } = (await store.read(key(name))) ?? {};
    const entry = auditEntry({ ...who, handle: key(name), before: values, after: undefined });
    await store.commit(key(name), revision ?? "absent", null, entry);
  };
  await store.home("20.500.1");
  await Promise.all(Array.from({ length: 300 }, (_, i) => write(i)));
  // Row ids with gaps: the search index knows by them which records are not in it yet.
  await Promise.all(Array.from({ length: 100 }, (_, i) => remove(3 * i)));
  await store.find?.({ data: new Uint8Array([1]), after: undefined, limit: 1 });
  await state.next("suffix");
  let running = true;
  let written = 0;
  const lanes = Array.from({ length: 4 }, async (_, lane) => {
    for (let i = 0; running; i++) {
      await write(`${lane}-${i}`);
      written++;
    }
  });
  const target = tempFile();
  const { audit } = await backupSqlite({ file, target });
  running = false;
  await Promise.all(lanes);
  await close();
  expect(written).toBeGreaterThan(0);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(existsSync(`${target}-wal`)).toBe(false);
  expect(await checkSqlite({ file: target })).toMatchObject({
    found: 0,
    audit: { problems: [], head: audit },
  });

  const copy = await openSqlite({ file: target });
  for (let i = 0; i < 300; i++) {
    expect(await textAt(copy.store, key(i))).toBe(i % 3 === 0 ? undefined : `${i}`);
  }
  const data = new TextEncoder().encode("299");
  expect(await copy.store.find?.({ data, after: undefined, limit: 9 })).toEqual([key(299)]);
  expect(await copy.state.next("suffix")).toBe(2);
  await copy.store.commit(key("later"), "absent", valuesOf("later"));
  await copy.close();
});

it("refuses a target that exists, and a store that does not, and leaves nothing", async () => {
  const file = tempFile();
  await (await openSqlite({ file })).close();
  const target = tempFile();
  writeFileSync(target, "mine");
  await expect(backupSqlite({ file, target })).rejects.toMatchObject({
    code: "store_failed",
    message: /EEXIST/,
  });
  expect(statSync(target).size).toBe(4);
  const other = tempFile();
  await expect(backupSqlite({ file: other, target: tempFile() })).rejects.toMatchObject({
    message: `There is no store ${other}.`,
  });
  expect(existsSync(other)).toBe(false);
  await expect(backupSqlite({ file } as never)).rejects.toMatchObject({ code: "invalid_options" });
});
