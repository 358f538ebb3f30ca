// Several hosts in one address: the one that accepts writes is used, and another one when a standby was promoted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handleKey } from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { openPostgres, type PostgresOptions } from "../src/mod.ts";
import type { PostgresHost } from "./postgres-host.ts";
import { startOwnHost } from "./start-postgres.ts";
import { promote, setSynchronous, startStandby } from "./start-standby.ts";
import { textAt, valuesOf } from "./values.ts";

const SETTINGS = ["fsync=off"];
const key = handleKey("20.500.12345/A");

let first: PostgresHost;
let second: PostgresHost;

beforeAll(async () => {
  first = await startOwnHost(SETTINGS);
  second = await startStandby(first, mkdtempSync(join(tmpdir(), "handlekit-pg-")), "second", SETTINGS);
});
afterAll(async () => {
  for (const host of [second, first]) {
    if (host?.isRunning) await host.end("SIGQUIT");
    if (host) rmSync(host.directory, { recursive: true, force: true });
  }
});

async function open(
  hosts: readonly PostgresHost[],
  more = "",
  options: Partial<PostgresOptions> = {},
): Promise<OpenedStore> {
  const list = hosts.map(({ directory }) => directory).join(",");
  const connectionString = `postgres:///postgres?user=postgres&host=${list}${more}`;
  const opened = await openPostgres({ ...options, connectionString });
  onTestFinished(() => opened.close());
  return opened;
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

it("uses the host that accepts writes, wherever it stands", async () => {
  for (const hosts of [
    [first, second],
    [second, first],
  ]) {
    const { store, state } = await open(hosts);
    await state.put("a", "1", "any");
    await store.home("20.500.12345");
    expect(await store.prefixes()).toEqual(["20.500.12345"]);
  }
});

it("takes a standby with target_session_attrs=any, until something is to be written", async () => {
  const { store, state } = await open([second, first], "&target_session_attrs=any");
  expect(await store.prefixes()).toEqual(["20.500.12345"]);
  expect(await state.put("a", "2", "any")).toBe("done");
});

it("says that no host accepts writes, and closes its connections", async () => {
  const error = await failure(
    openPostgres({
      connectionString: `postgres:///postgres?user=postgres&host=${second.directory}&target_session_attrs=primary`,
    }),
  );
  expect(error).toMatchObject({ code: "store_failed", message: expect.stringContaining("accepts writes") });
});

it("goes on with a promoted standby, without a failed call that had not been sent, and tells of changes there", async () => {
  const heard: string[] = [];
  const writer = await open([first, second], "", { notify: true, foreignWritesTtl: 600_000 });
  const reader = await open([second, first], "", { notify: true, foreignWritesTtl: 600_000 });
  reader.store.changes?.((each) => heard.push(each));
  await writer.store.commit(key, "absent", valuesOf("1"));
  await setSynchronous(first, "second");
  await writer.state.put("a", "3", "any");
  await first.end("SIGQUIT");
  // Sent while there is no primary: it waits for one.
  const written = writer.store.commit(handleKey("20.500.12345/B"), "absent", valuesOf("2"));
  await promote(second);
  expect(await written).toBe("done");
  expect((await reader.state.get("a"))?.value).toBe("3");
  expect(await textAt(reader.store, handleKey("20.500.12345/B"))).toBe("2");
  await vi.waitFor(
    async () => {
      const held = await writer.store.read(key);
      await writer.store.commit(key, held?.revision ?? "absent", valuesOf(`${performance.now()}`));
      expect(heard).toContain(key);
    },
    { timeout: 20_000, interval: 200 },
  );
});
