import { handleKey } from "@handlekit/core";
import { forgetArdcIndex, openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { ALICE, BOB, createArdcFixture, PREFIX, registerClients } from "./ardc-support.ts";

/** The records of a service, taken over by one whose state knows nothing of them. */
async function takenOver(handles: number) {
  const before = await createArdcFixture();
  const owner = (await before.call("getOwnerHandle", {})).identifier?.handle ?? "";
  for (let i = 0; i < handles; i++) await before.mint("URL", `https://example.org/${i}`);
  const after = await createArdcFixture({}, { store: before.store });
  return { ...after, owner };
}

describe("records that existed before the service", () => {
  it("are listed and found by value, and keep their owner", async () => {
    const { call, mint, owner } = await takenOver(120);
    const listed = (await call("listHandles", {})).identifiers ?? [];
    expect([listed.length, listed[0]]).toEqual([121, owner]);
    const found = await call("getHandle", { value: "https://example.org/7" });
    expect(found.identifier?.handle).toMatch(new RegExp(`^${PREFIX}/\\d+$`));
    expect((await call("getOwnerHandle", {})).identifier?.handle).toBe(owner);
    expect(Number((await mint("DESC", "new")).split("/")[1])).toBeGreaterThan(121);
    const changed = await call("addValue", { handle: listed[5] ?? "", type: "DESC", value: "more" });
    expect(changed.type).toBe("success");
  });

  it("do not belong to others", async () => {
    const { call } = await takenOver(3);
    const as = { ...BOB, identifier: ALICE.identifier, authDomain: ALICE.authDomain };
    expect((await call("listHandles", {}, as)).type).toBe("failure");
  });

  it("do not prevent a new owner, however many there are", async () => {
    const { call } = await takenOver(150);
    expect((await call("mint", { type: "DESC", value: "x" }, BOB)).type).toBe("success");
  });

  it("that were written to the store since are listed after forgetArdcIndex and a new start", async () => {
    const { store, state } = openMemory();
    await store.home(PREFIX);
    await registerClients(state);
    const first = await createArdcFixture({}, { store, state });
    const minted = await first.mint("DESC", "x");
    const { values } = (await store.read(handleKey(minted))) ?? { values: [] };
    const imported = handleKey(`${PREFIX}/700`);
    await store.commit(imported, "absent", values);
    const list = async () => {
      const { call } = await createArdcFixture({}, { store, state });
      return (await call("listHandles", {})).identifiers ?? [];
    };
    expect(await list()).not.toContain(`${PREFIX}/700`);
    await forgetArdcIndex(state, PREFIX);
    expect(await list()).toEqual(expect.arrayContaining([minted, `${PREFIX}/700`]));
  });

  it("are indexed once", async () => {
    const state = openMemory().state;
    const store = openMemory().store;
    let lists = 0;
    const counting = {
      ...store,
      list: (...given: Parameters<typeof store.list>) => {
        lists++;
        return store.list(...given);
      },
    };
    await store.home(PREFIX);
    const asked = async () => {
      const { call } = await createArdcFixture({}, { store: counting, state });
      await call("getHandle", { handle: `${PREFIX}/1` });
      await call("getHandle", { handle: `${PREFIX}/1` });
    };
    await asked();
    const atFirst = lists;
    await asked();
    expect([atFirst > 0, lists - atFirst]).toEqual([true, 0]);
  });
});

it("many changes of one handle at once all succeed", async () => {
  const { call, mint, store } = await createArdcFixture();
  const handle = await mint("DESC", "first");
  const slow = await createArdcFixture(
    {},
    {
      store: {
        ...store,
        // Between reading and writing there is time for others.
        read: async (key) => {
          const found = await store.read(key);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
          return found;
        },
      },
    },
  );
  await call("getOwnerHandle", {});
  const answers = await Promise.all(
    Array.from({ length: 120 }, (_, i) => slow.call("addValue", { handle, type: "DESC", value: `v${i}` })),
  );
  expect(answers.filter(({ type }) => type !== "success")).toEqual([]);
  const record = await store.read(handleKey(handle));
  expect(record?.values.filter(({ type }) => type === "DESC")).toHaveLength(121);
});

describe("getHandle", () => {
  it("ignores an XML body with the media type of a form", async () => {
    const { send } = await createArdcFixture();
    const body = `<request name="getHandle"><properties><property name="identifier" value="a&value=zz"/></properties></request>`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { message } = await send("/pids/getHandle", { body, headers });
    expect(message?.text).toBe("A handle or value must be supplied");
    const asForm = await send("/pids/getHandle", { body: "value=x", headers });
    expect(asForm.message?.text).toBe("A handle or value must be supplied");
  });
});
