import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "@handlekit/store-sqlite";
import { expect, it } from "vitest";
import { createArdcFixture, PREFIX, registerClients } from "./ardc-support.ts";

const CLIENTS = 100;
const EACH = 100;

it("mints 10,000 different suffixes for 100 clients at the same time, with one owner handle", async () => {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-ardc-"));
  const file = join(folder, "store.sqlite");
  const { store, state, close } = await openSqlite({ file });
  try {
    await store.home(PREFIX);
    await registerClients(state);
    // Two services on one file, as two processes would be.
    const services = await Promise.all([1, 2].map(() => createArdcFixture({}, { store, state })));
    const minted: string[] = [];
    const client = async (number: number) => {
      const service = services[number % services.length];
      for (let i = 0; i < EACH; i++) minted.push((await service?.mint("DESC", `${number}/${i}`)) ?? "");
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    expect(new Set(minted).size).toBe(CLIENTS * EACH);

    const [{ call, values } = await createArdcFixture()] = services;
    const owner = (await call("getOwnerHandle", {})).identifier?.handle ?? "";
    const listed: string[] = [];
    for (let page: readonly string[] | undefined = []; page !== undefined; ) {
      const startHandle = listed.at(-1);
      page = (await call("listHandles", startHandle === undefined ? {} : { startHandle })).identifiers;
      listed.push(...(page ?? []));
    }
    expect(new Set(listed)).toEqual(new Set([...minted, owner]));
    const suffixes = listed.map((handle) => Number(handle.slice(PREFIX.length + 1)));
    expect(suffixes).toEqual([...suffixes].sort((a, b) => a - b));
    expect((await store.list(PREFIX, undefined, 20_000)).length).toBe(CLIENTS * EACH + 1);
    expect((await values(minted[777] ?? ""))?.at(-1)).toEqual([101, "AGENTID", owner, "1110"]);
    expect((await call("getHandle", { value: "77/77" })).identifier?.properties[0]?.value).toBe("77/77");
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
}, 60_000);
