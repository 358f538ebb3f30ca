import { handleKey } from "@handlekit/core";
import { type AuditEntry, updateRecord, verifyAudit } from "@handlekit/core/store";
import { expect, it, vi } from "vitest";
import { usePostgres } from "./use-postgres.ts";
import { textAt, value, valuesOf } from "./values.ts";

const { open, server } = usePostgres();
const key = handleKey("20.500.12345/A");
const other = handleKey("20.500.12345/B");
const WRITERS = 32;
/** How long a test waits for what the others see after a second at most, on a machine that has other work. */
const WAIT = { timeout: 20_000 };

type Opened = Awaited<ReturnType<typeof open>>;

/** Opens the same schema three times, as three processes do. */
async function openThree(options: Parameters<typeof open>[0] = {}): Promise<[Opened, Opened, Opened]> {
  const first = await open(options);
  const again = () => open({ ...options, connectionString: first.connectionString });
  return [first, await again(), await again()];
}

const entry = (handle: string): AuditEntry => ({
  time: new Date("2026-01-02T03:04:05Z"),
  identity: undefined,
  scheme: "basic",
  address: undefined,
  operation: "change",
  handle,
  before: undefined,
  after: undefined,
});

it("loses no update of many writers in several processes, and keeps one audit of all", async () => {
  const stores = await openThree();
  const [{ store }] = stores;
  await store.commit(key, "absent", valuesOf("0"));
  const writes = Array.from({ length: WRITERS }, (_, i) => {
    const mine = stores[i % stores.length]?.store ?? store;
    return updateRecord(
      mine,
      key,
      (record) => valuesOf(`${Number(new TextDecoder().decode(record?.values[0]?.data)) + 1}`),
      { audit: () => entry("20.500.12345/A") },
    );
  });
  await Promise.all(writes);
  for (const each of stores)
    await vi.waitFor(async () => expect(await textAt(each.store, key)).toBe(`${WRITERS}`), WAIT);
  const entries = (await store.audit?.read({ limit: 1000 })) ?? [];
  expect(entries.length).toBe(WRITERS);
  expect((await verifyAudit(entries)).problems).toEqual([]);
});

it("lets one of many creates with different indexes succeed", async () => {
  const stores = await openThree();
  for (let round = 0; round < 10; round++) {
    const handle = handleKey(`20.500.12345/C${round}`);
    const outcomes = await Promise.all(
      stores.map(({ store }, i) => store.commit(handle, "absent", [value(i + 1, `${i}`)])),
    );
    expect(outcomes.filter((outcome) => outcome === "done").length).toBe(1);
    expect((await stores[0].store.read(handle))?.values.length).toBe(1);
  }
});

it("writes many records from several processes at once, in any order, without a failure", async () => {
  const stores = await openThree();
  const keys = Array.from({ length: 100 }, (_, i) => handleKey(`20.500.12345/M${100 + i}`));
  const outcomes = await Promise.all(
    stores.flatMap(({ store }, i) =>
      (i % 2 ? [...keys].reverse() : keys).map((each) =>
        store.commit(each, "absent", valuesOf(`${i}`), entry(each)),
      ),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === "done").length).toBe(keys.length);
  const entries = (await stores[0].store.audit?.read({ limit: 1000 })) ?? [];
  expect(entries.length).toBe(keys.length);
  expect((await verifyAudit(entries)).problems).toEqual([]);
});

it("gives no number of a sequence twice", async () => {
  const stores = await openThree();
  const numbers = await Promise.all(Array.from({ length: 60 }, (_, i) => stores[i % 3]?.state.next("s")));
  expect(new Set(numbers).size).toBe(60);
});

it("creates the tables once when several processes open an empty schema", async () => {
  // Which error PostgreSQL returns depends on how far the other transaction is.
  for (let round = 0; round < 10; round++) {
    const connectionString = await server().schema();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open({ connectionString })));
    const outcomes = await Promise.all(stores.map(({ store }) => store.commit(key, "absent", valuesOf("1"))));
    expect(outcomes.filter((outcome) => outcome === "done").length).toBe(1);
    await Promise.all(stores.map(({ close }) => close()));
  }
});

it("shows changes of others after some time, and until then the record from memory", async () => {
  const [{ store: mine }, { store: theirs }] = await openThree({ foreignWritesTtl: 300 });
  await mine.commit(key, "absent", valuesOf("1"));
  for (let i = 0; i < 3; i++) expect(await textAt(theirs, key)).toBe("1");
  await mine.commit(key, (await mine.read(key))?.revision ?? "absent", valuesOf("2"));
  expect(await textAt(mine, key)).toBe("2");
  await vi.waitFor(async () => expect(await textAt(theirs, key)).toBe("2"), { ...WAIT, interval: 5 });
});

it("returns the same object for a record that is still the same when it is read again", async () => {
  const { store } = await open({ foreignWritesTtl: 0 });
  await store.commit(key, "absent", valuesOf("1"));
  await store.read(key);
  const held = await store.read(key);
  expect(await store.read(key)).toBe(held);
});

it("hears of changes of others with notify", async () => {
  const [{ store: mine }, { store: theirs }] = await openThree({
    notify: true,
    foreignWritesTtl: 600_000,
  });
  const heard: string[] = [];
  theirs.changes?.((each) => heard.push(each));
  const own: string[] = [];
  mine.changes?.((each) => own.push(each));
  // Until they listen.
  await vi.waitFor(async () => {
    await mine.commit(
      other,
      (await mine.read(other))?.revision ?? "absent",
      valuesOf(`${performance.now()}`),
    );
    expect(heard).toContain(other);
  }, WAIT);
  await mine.commit(key, "absent", valuesOf("1"));
  for (let i = 0; i < 3; i++) expect(await textAt(theirs, key)).toBe("1");
  await mine.commit(key, (await mine.read(key))?.revision ?? "absent", valuesOf("2"));
  await vi.waitFor(async () => expect(await textAt(theirs, key)).toBe("2"), WAIT);
  expect(heard.filter((each) => each === key).length).toBe(2);
  expect(own.filter((each) => each !== "any")).toEqual([]);
});
