import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, parseReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHandleService, openMemory } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { expect, it } from "vitest";
import { ADMIN, createFixture, PASSWORD, path } from "./support.ts";

const WRITERS = 200;

/** Adds 200 values to one record at once, over one service for each store, and counts statuses and commits. */
async function writeAtOnce(stores: readonly HandleStore[]) {
  let commits = 0;
  const services = stores.map((store) =>
    createHandleService({
      store: {
        ...store,
        commit(...args) {
          commits++;
          return store.commit(...args);
        },
      },
    }),
  );
  const answers = await Promise.all(
    Array.from({ length: WRITERS }, (_, i) =>
      services[i % services.length]?.respond({
        method: "PUT",
        target: `${path("Record")}?index=${1000 + i}`,
        headers: {
          "content-type": "application/json",
          authorization: encodeBasic(parseReference(ADMIN), encodeUtf8(PASSWORD)),
        },
        body: encodeUtf8(JSON.stringify([{ index: 1000 + i, type: "NOTE", data: `${i}` }])),
        connection: { secure: true },
      }),
    ),
  );
  const written = (await stores[0]?.read("20.500.12345/RECORD" as never))?.values ?? [];
  return {
    statuses: new Set(answers.map((answer) => answer?.status)),
    values: written.filter(({ index }) => index >= 1000).length,
    commits,
  };
}

it("allows 200 writers of one record in one process all succeed, with one commit each", async () => {
  const { store } = openMemory();
  await createFixture({ store });
  expect(await writeAtOnce([store])).toEqual({ statuses: new Set([201]), values: WRITERS, commits: WRITERS });
});

it("allows 200 writers of one record over two services on one store all succeed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-writers-"));
  const file = join(folder, "store.sqlite");
  const { store, close } = await openSqlite({ file });
  try {
    await createFixture({ store });
    // Two objects, so that the services do not wait for each other, as two processes would not.
    const { statuses, values, commits } = await writeAtOnce([store, { ...store }]);
    expect([statuses, values]).toEqual([new Set([201]), WRITERS]);
    // Turns within each service leave at most one conflict at a time between the two.
    expect(commits).toBeLessThan(2 * WRITERS);
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
});
