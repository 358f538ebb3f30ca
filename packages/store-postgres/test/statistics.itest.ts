import { handleKey } from "@handlekit/core";
import { expect, it } from "vitest";
import { openPostgres } from "../src/mod.ts";
import { usePostgres } from "./use-postgres.ts";
import { valuesOf } from "./values.ts";

const { connect, server } = usePostgres();

it("counts reads, groups of writes, failures and connections", async () => {
  const connectionString = await server().schema();
  const { store, statistics, close } = await openPostgres({ connectionString, foreignWritesTtl: 60_000 });
  try {
    const before = statistics();
    const keys = Array.from({ length: 40 }, (_, i) => handleKey(`20.500.12345/${i}`));
    const outcomes = await Promise.all(keys.map((key) => store.commit(key, "absent", valuesOf("1"))));
    expect(new Set(outcomes)).toEqual(new Set(["done"]));
    const written = statistics();
    expect(written.writes - before.writes).toBe(40);
    expect(written.groups - before.groups).toBeLessThan(40);
    expect(written.failedGroups).toBe(before.failedGroups);
    expect(written.writeMilliseconds).toBeGreaterThan(before.writeMilliseconds);

    const [key = handleKey("1/1")] = keys;
    for (let i = 0; i < 5; i++) await store.read(key);
    const read = statistics();
    expect(read.reads - written.reads).toBe(5);
    expect(read.cacheHits - written.cacheHits).toBe(3);
    expect(read.cacheBytes).toBeGreaterThan(0);
    expect(read.connections).toEqual({ open: expect.any(Number), inUse: 0, waiting: 0 });
    expect(read.connections.open).toBeGreaterThan(0);

    const client = await connect(connectionString);
    await client.query("DROP TABLE handles");
    await expect(store.commit(key, "absent", valuesOf("2"))).rejects.toThrow("could not write");
    expect(statistics().failedGroups).toBe(before.failedGroups + 1);
  } finally {
    await close();
  }
});

it("shows who waits for a connection", async () => {
  const connectionString = await server().schema();
  const { store, statistics, close } = await openPostgres({ connectionString, maxConnections: 1 });
  try {
    const reads = Promise.all(["A", "B", "C"].map((name) => store.list(name, undefined, 1)));
    // The pool gives connections out in the next tick.
    await new Promise((resolve) => process.nextTick(resolve));
    expect(statistics().connections).toEqual({ open: 1, inUse: 1, waiting: 2 });
    await reads;
    expect(statistics().connections).toEqual({ open: 1, inUse: 0, waiting: 0 });
  } finally {
    await close();
  }
});

it("answers many reads of the state at once with few connections, each with what was committed before", async () => {
  const connectionString = await server().schema();
  const [mine, theirs] = await Promise.all([
    openPostgres({ connectionString }),
    openPostgres({ connectionString }),
  ]);
  try {
    const names = Array.from({ length: 200 }, (_, i) => `session/${i}`);
    for (const name of names) await theirs.state.put(name, name, "any");
    const entries = await Promise.all([...names, "none"].map((name) => mine.state.get(name)));
    expect(entries.map((entry) => entry?.value)).toEqual([...names, undefined]);
    expect(mine.statistics().connections.open).toBeLessThanOrEqual(4);
    for (let i = 0; i < 50; i++) {
      await theirs.state.put("session/0", `${i}`, "any");
      const both = await Promise.all([mine.state.get("session/0"), mine.state.get("session/0")]);
      expect(both.map((entry) => entry?.value)).toEqual([`${i}`, `${i}`]);
    }
    await theirs.state.delete("session/0");
    expect(await mine.state.get("session/0")).toBe(undefined);
  } finally {
    await Promise.all([mine.close(), theirs.close()]);
  }
});
