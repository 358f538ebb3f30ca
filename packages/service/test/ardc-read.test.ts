import { HandleError, handleKey } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { describe, expect, it } from "vitest";
import { BOB, createArdcFixture, PREFIX, stored } from "./ardc-support.ts";
import { headerOf } from "./support.ts";

const SAME = "https://example.org/same";

/** The fixture on a store that can search, and on one that cannot. */
const SEARCHES: readonly (readonly [string, () => ReturnType<typeof createArdcFixture>])[] = [
  ["with find", () => createArdcFixture()],
  [
    "without find",
    async () => {
      const { store } = await createArdcFixture();
      return createArdcFixture({}, { store: { ...store, find: undefined } });
    },
  ],
];

describe("getHandle", () => {
  it.each(["GET", "POST"])("shows a handle to everybody, by %s, with any body", async (method) => {
    const { send, mint } = await createArdcFixture();
    const handle = await mint("URL", "https://example.org/a");
    for (const body of ["", "<request/>", "no XML"]) {
      const { type, identifier, message } = await send(`/pids/getHandle?handle=${handle}`, { method, body });
      expect(type).toBe("success");
      expect(identifier?.properties).toEqual([{ index: 1, type: "URL", value: "https://example.org/a" }]);
      expect(message).toEqual({ type: "user", text: "Request successful" });
    }
  });

  it("reads the handle from a form, after the query", async () => {
    const { send, mint } = await createArdcFixture();
    const handle = await mint("DESC", "x");
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" };
    const form = (target: string, body: string) => send(target, { headers, body });
    expect((await form("/pids/getHandle", `handle=${encodeURIComponent(handle)}`)).identifier?.handle).toBe(
      handle,
    );
    expect((await form(`/pids/getHandle?handle=${handle}`, "handle=x")).identifier?.handle).toBe(handle);
    expect((await form("/pids/getHandle", "<a/>")).message.text).toBe("A handle or value must be supplied");
  });

  it("shows the URL and DESC values of any record, with any bytes", async () => {
    const { call, store } = await createArdcFixture();
    await store.home("20.5");
    const values = [
      stored(1, "URL", "https://example.org/"),
      { ...stored(2, "DESC", ""), data: Uint8Array.from([0x61, 0xff, 0x01, 0x62]) },
      { ...stored(3, "DESC", "hidden"), permissions: 0b1100 },
      stored(4, "EMAIL", "a@example.org"),
    ];
    await store.commit(handleKey("20.5/é"), "absent", values);
    expect((await call("getHandle", { handle: "20.5/é" })).identifier).toEqual({
      handle: "20.5/é",
      properties: [
        { index: 1, type: "URL", value: "https://example.org/" },
        { index: 2, type: "DESC", value: "a\ufffd\ufffdb" },
      ],
    });
  });

  it("does not find a record without public values, or of a prefix that is not homed", async () => {
    const { call, store } = await createArdcFixture();
    await store.commit(handleKey(`${PREFIX}/X`), "absent", [
      { ...stored(1, "DESC", "x"), permissions: 0b1100 },
    ]);
    await store.commit(handleKey("20.5/X"), "absent", [stored(1, "DESC", "x")]);
    for (const handle of [`${PREFIX}/X`, "20.5/X", "THIS IS NOT A HANDLE"]) {
      const answer = await call("getHandle", { handle });
      expect(answer).toMatchObject({
        type: "failure",
        message: { type: "user", text: `The handle: ${handle} was not found` },
      });
    }
  });

  it.each<[Record<string, string>, string]>([
    [{}, "A handle or value must be supplied"],
    [{ handle: " " }, "Handle parameter must have a value"],
    [{ handle: "", value: "x" }, "Handle parameter must have a value"],
    [{ value: "" }, "Value parameter must have a value"],
    [{ value: "none" }, "A handle with value: none was not found"],
  ])("refuses %j", async (query, text) => {
    const { call } = await createArdcFixture();
    expect(await call("getHandle", query)).toMatchObject({
      type: "failure",
      message: { type: "user", text },
    });
  });

  it.each(SEARCHES)("finds by a whole public value, in numeric order, %s", async (_, start) => {
    const { call, mint } = await start();
    for (let i = 0; i < 12; i++) await mint("URL", i % 2 === 0 ? SAME : `${SAME}/${i}`);
    const found = await call("getHandle", { value: SAME });
    expect(found.message.text).toBe("Handle listing successful");
    expect(found.identifiers).toEqual([2, 4, 6, 8, 10, 12].map((n) => `${PREFIX}/${n}`));
    const one = await call("getHandle", { value: `${SAME}/3` });
    expect(one.identifier).toEqual({
      handle: `${PREFIX}/5`,
      properties: [{ index: 1, type: "URL", value: `${SAME}/3` }],
    });
    for (const value of ["ExampleUser####example.org", `${PREFIX}/1`, SAME.toUpperCase(), `${SAME} `]) {
      expect((await call("getHandle", { value })).type).toBe("failure");
    }
  });

  it.each(SEARCHES)("finds a changed value, also after changes over the REST API, %s", async (_, start) => {
    const { call, mint, indexed } = await start();
    const handle = await mint("URL", SAME);
    const finds = async (value: string) => (await call("getHandle", { value })).identifier?.handle;
    await call("modifyValueByIndex", { handle, index: "1", value: `${SAME}/2` });
    expect([await finds(SAME), await finds(`${SAME}/2`)]).toEqual([undefined, handle]);
    await call("addValue", { handle, type: "DESC", value: `${SAME}/2` });
    await call("deleteValueByIndex", { handle, index: "1" });
    expect(await finds(`${SAME}/2`)).toBe(handle);
    await call("deleteValueByIndex", { handle, index: "2" });
    expect(await finds(`${SAME}/2`)).toBe(undefined);

    await indexed.commit(handleKey(`${PREFIX}/Named`), "absent", [stored(1, "URL", SAME)]);
    expect(await finds(SAME)).toBe(`${PREFIX}/NAMED`);
    const { revision } = (await indexed.read(handleKey(`${PREFIX}/Named`))) ?? {};
    await indexed.commit(handleKey(`${PREFIX}/Named`), revision ?? "absent", null);
    expect(await finds(SAME)).toBe(undefined);
  });

  it.each(SEARCHES)("finds URL and DESC values alone, each handle once, %s", async (_, start) => {
    const { call, store } = await start();
    const records = {
      "10": [stored(1, "URL", "same"), stored(2, "DESC", "same")],
      "9": [stored(1, "DESC", "same")],
      X: [stored(1, "URL", "same")],
      "007": [stored(1, "URL", "same")],
      "1": [stored(1, "URL", "Same"), stored(2, "EMAIL", "same"), stored(3, "desc", "same")],
      "2": [{ ...stored(1, "URL", "same"), permissions: 0b1100 }],
    };
    for (const [suffix, values] of Object.entries(records)) {
      await store.commit(handleKey(`${PREFIX}/${suffix}`), "absent", values);
    }
    await store.commit(handleKey(`${PREFIX}0/3`), "absent", [stored(1, "URL", "same")]);
    const { identifiers } = await call("getHandle", { value: "same" });
    // Suffixes that are no numbers are at the end.
    expect(identifiers).toEqual(["9", "10", "007", "X"].map((suffix) => `${PREFIX}/${suffix}`));
  });

  it.each(SEARCHES)("shows the first 1,000 handles with a value, %s", async (_, start) => {
    const { call, store } = await start();
    for (let i = 2003; i > 0; i--) {
      const value = stored(1, i % 2 ? "DESC" : "URL", i <= 2 ? "other" : "same");
      await store.commit(handleKey(`${PREFIX}/${i}`), "absent", [value]);
    }
    const { identifiers } = await call("getHandle", { value: "same" });
    expect(identifiers).toEqual(Array.from({ length: 1000 }, (_, i) => `${PREFIX}/${i + 3}`));
  });

  it("finds no more than 100,000 handles with a value, and says so", async () => {
    const { store } = await createArdcFixture();
    const same = (count: number): HandleStore["find"] => {
      const keys = Array.from({ length: count }, (_, i) => handleKey(`${PREFIX}/${1_000_000 + i}`));
      return async ({ type, after, limit }) => {
        const from = after === undefined ? 0 : keys.indexOf(after) + 1;
        return type === "DESC" ? keys.slice(from, from + limit) : [];
      };
    };
    const asked = async (count: number) => {
      const { call } = await createArdcFixture({}, { store: { ...store, find: same(count) } });
      return call("getHandle", { value: "same" });
    };
    expect((await asked(5000)).identifiers).toHaveLength(1000);
    expect((await asked(100_001)).message.text).toBe("More than 100000 handles have this value");
  });

  it("says so if the store is too busy to search", async () => {
    const { store } = await createArdcFixture();
    const find = async () => {
      throw new HandleError("server_busy", { message: "The index is being built.", responseCode: 3 });
    };
    const { call } = await createArdcFixture({}, { store: { ...store, find } });
    expect((await call("getHandle", { value: "x" })).message.text).toBe("The index is being built.");
  });

  it("reads no more than 20,000 records in a store without find, and says so", async () => {
    const { store } = await createArdcFixture();
    const keys = Array.from({ length: 20_001 }, (_, i) => handleKey(`${PREFIX}/${1_000_000 + i}`));
    let reads = 0;
    const without: HandleStore = {
      ...store,
      find: undefined,
      read: (key) => {
        reads++;
        return store.read(key);
      },
      list: async (_, after, limit) => {
        const from = after === undefined ? 0 : keys.indexOf(after) + 1;
        return keys.slice(from, from + limit);
      },
    };
    const { call, state } = await createArdcFixture({}, { store: without });
    await state.put(`ardc/indexed/${PREFIX}`, "", "any");
    const { message } = await call("getHandle", { value: "same" });
    expect(message.text).toBe(
      "The store of this server cannot search for a value among more than 20000 handles",
    );
    expect(reads).toBe(0);
  });
});

describe("getOwnerHandle", () => {
  it("shows the owner handle, without its hidden values", async () => {
    const { call } = await createArdcFixture();
    const { identifier, message } = await call("getOwnerHandle", {});
    expect(identifier).toEqual({ handle: `${PREFIX}/1`, properties: [] });
    expect(message).toEqual({ type: "user", text: "Request successful" });
  });
});

describe("listHandles", () => {
  it("lists the owner handle and the handles in numeric order, only the caller's", async () => {
    const { call, mint } = await createArdcFixture();
    for (let i = 0; i < 11; i++) await mint("DESC", "x");
    await mint("DESC", "x", BOB);
    const { identifiers, message, text } = await call("listHandles", {});
    expect(message).toEqual({ type: "user", text: "Handle listing successful" });
    expect(identifiers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `${PREFIX}/${n}`));
    expect(text).toContain(
      `\n        <identifier handle="${PREFIX}/12"/>\n    </identifiers>\n    <timestamp>`,
    );
  });

  it("begins after startHandle, which need not exist, and omits an empty list", async () => {
    const { call, mint } = await createArdcFixture();
    for (let i = 0; i < 10; i++) await mint("DESC", "x");
    const after = async (suffix: string) =>
      (await call("listHandles", { startHandle: `${PREFIX}/${suffix}` })).identifiers;
    expect(await after("9")).toEqual([`${PREFIX}/10`, `${PREFIX}/11`]);
    expect((await after("-1"))?.length).toBe(11);
    expect((await after("0"))?.length).toBe(11);
    expect((await after("+09"))?.length).toBe(2);
    expect(await after("11")).toBe(undefined);
    expect(await after("99999999999999999999")).toBe(undefined);
    const { text } = await call("listHandles", { startHandle: `${PREFIX}/11` });
    expect(text).not.toContain("identifiers");
  });

  it("has pages of 1,000", async () => {
    const { call, mint } = await createArdcFixture();
    for (let i = 0; i < 1002; i++) await mint("", "");
    const first = (await call("listHandles", {})).identifiers ?? [];
    expect(first).toEqual(Array.from({ length: 1000 }, (_, i) => `${PREFIX}/${i + 1}`));
    const { identifiers } = await call("listHandles", { startHandle: first.at(-1) ?? "" });
    expect(identifiers).toEqual([1001, 1002, 1003].map((n) => `${PREFIX}/${n}`));
  });

  it.each<[string, string, "user" | "system"]>([
    ["", "startHandle parameter must have a value", "user"],
    ["20.5/1", "startHandle has a different prefix to what is configured in the Local Handle Server", "user"],
    [
      "10378.10/1",
      "startHandle has a different prefix to what is configured in the Local Handle Server",
      "user",
    ],
    [PREFIX, "startHandle does not appear to be a valid handle", "user"],
    [`${PREFIX}/`, "startHandle does not appear to be a valid handle", "user"],
    [`${PREFIX}/abc`, 'For input string: "abc"', "system"],
    [`${PREFIX}/1e3`, 'For input string: "1e3"', "system"],
  ])("refuses startHandle %j", async (startHandle, text, type) => {
    const { call } = await createArdcFixture();
    expect(await call("listHandles", { startHandle })).toMatchObject({
      type: "failure",
      message: { type, text },
    });
  });
});

describe("the address", () => {
  it.each(["/pids//getHandle?", "//pids/getHandle?", "/pids/getHandle?x=1&x=2&"])(
    "may be %s",
    async (target) => {
      const { send, mint } = await createArdcFixture();
      const handle = await mint("DESC", "x");
      expect((await send(`${target}handle=${handle}&handle=other`)).identifier?.handle).toBe(handle);
    },
  );

  it.each([
    "/pids",
    "/pids/",
    "/pids/Mint",
    "/pids/mint/",
    "/pids/mint/x",
    "/pids/register",
    "/pids/toString",
  ])("%s is not a service", async (target) => {
    const { send } = await createArdcFixture();
    const answer = await send(target);
    expect(answer).toMatchObject({ status: 200, message: { text: "There is no such service" } });
  });

  it.each(["/", "/pidsx/mint", "/api/handles/pids/mint", "/PIDS/mint"])(
    "%s belongs to another route",
    async (target) => {
      const { service } = await createArdcFixture();
      const request = {
        method: "POST",
        target,
        headers: {},
        body: new Uint8Array(),
        connection: { secure: true },
      };
      expect(headerOf(await service.respond(request), "Content-Type")).not.toContain("xml");
    },
  );

  it("decodes + and %20 to spaces, %2B to a plus, and keeps a % that encodes nothing", async () => {
    const { send, mint } = await createArdcFixture();
    await mint("DESC", "a b+c 100%");
    expect((await send("/pids/getHandle?value=a+b%2Bc%20100%")).identifier?.handle).toBe(`${PREFIX}/2`);
  });
});
