import { handleKey } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { ALICE, BOB, createArdcFixture, PREFIX, stored } from "./ardc-support.ts";

const HANDLE = `${PREFIX}/2`;
const DENIED = "Request Denied. Only the admin of this handle can add values";
const NOT_ADDED = "Failed to add value. Ensure URL values are valid.";
const NO_VALUES = "All parameters must have values";
const notFound = (handle: string) => `The handle: ${handle} was not found`;
type Query = Record<string, string>;

/** The handle 10378.1/2 of ALICE's, with a URL at 1. */
async function fixture() {
  const made = await createArdcFixture();
  await made.mint("URL", "https://example.org/a");
  return made;
}

describe("addValue", () => {
  it("uses the lowest free index and shows all values", async () => {
    const { call } = await fixture();
    await call("addValueByIndex", { handle: HANDLE, type: "DESC", value: "three", index: "3" });
    const { identifier, message } = await call("addValue", { handle: HANDLE, type: "DESC", value: "two" });
    expect(message).toEqual({ type: "user", text: "Successfully updated handle" });
    expect(identifier).toEqual({
      handle: HANDLE,
      properties: [
        { index: 1, type: "URL", value: "https://example.org/a" },
        { index: 2, type: "DESC", value: "two" },
        { index: 3, type: "DESC", value: "three" },
      ],
    });
  });

  it("skips reserved indexes and hidden values", async () => {
    const { call, store, record } = await fixture();
    const many = Array.from({ length: 98 }, (_, i) => stored(i + 2, "DESC", `${i}`));
    const old = (await record(HANDLE)) ?? [];
    const { revision } = (await store.read(handleKey(HANDLE))) ?? {};
    const values = [...old, ...many, { ...stored(201, "DESC", "hidden"), permissions: 0b1100 }];
    await store.commit(
      handleKey(HANDLE),
      revision ?? "absent",
      values.sort((a, b) => a.index - b.index),
    );
    const { identifier } = await call("addValue", { handle: HANDLE, type: "DESC", value: "next" });
    expect(identifier?.properties.at(-1)).toEqual({ index: 202, type: "DESC", value: "next" });
    expect(identifier?.properties.some(({ index }) => index === 201)).toBe(false);
  });

  it.each<[string, Query, string]>([
    ["no handle", { type: "DESC", value: "x" }, "Handle, type and value must be specified"],
    ["no value", { handle: HANDLE, type: "DESC" }, "Handle, type and value must be specified"],
    ["blank", { handle: HANDLE, type: "DESC", value: " " }, NO_VALUES],
    ["blank before type", { handle: " ", type: "EMAIL", value: "x" }, NO_VALUES],
    [
      "type before handle",
      { handle: "x", type: "EMAIL", value: "x" },
      "The handle type: EMAIL is not supported by this service",
    ],
    ["no such handle", { handle: `${PREFIX}/99`, type: "URL", value: "nope" }, notFound(`${PREFIX}/99`)],
    ["foreign handle", { handle: "20.500/1", type: "URL", value: "nope" }, notFound("20.500/1")],
    ["no handle at all", { handle: "x", type: "DESC", value: "x" }, notFound("x")],
    ["URL", { handle: HANDLE, type: "URL", value: "nope" }, NOT_ADDED],
    ["not a handle of this service", { handle: `0.NA/${PREFIX}`, type: "DESC", value: "x" }, DENIED],
  ])("refuses: %s", async (_, query, text) => {
    const { call, values } = await fixture();
    const before = await values(HANDLE);
    expect(await call("addValue", query)).toMatchObject({ type: "failure", message: { type: "user", text } });
    expect(await values(HANDLE)).toEqual(before);
  });
});

describe("addValueByIndex", () => {
  it("adds at 10, and at 0", async () => {
    const { call } = await fixture();
    const query = { handle: HANDLE, type: "DESC", value: "x" };
    const ten = await call("addValueByIndex", { ...query, index: "10" });
    expect(ten.identifier?.properties.map(({ index }) => index)).toEqual([1, 10]);
    const zero = await call("addValueByIndex", { ...query, index: "0" });
    expect(zero.identifier?.properties.map(({ index }) => index)).toEqual([0, 1, 10]);
  });

  const used = "Request Failed. Index is reserved or in use";
  const good = { handle: HANDLE, type: "DESC", value: "x" };
  it.each<[string, Query, string, "user" | "system"]>([
    ["no index", good, "Handle, type, value and index must be specified", "user"],
    ["blank index", { ...good, index: " " }, NO_VALUES, "user"],
    ["index before type", { ...good, type: "X", index: "x" }, "Index must be numeric", "user"],
    ["signed", { ...good, index: "+5" }, "Index must be numeric", "user"],
    [
      "type",
      { ...good, type: "X", index: "5" },
      "The handle type: X is not supported by this service",
      "user",
    ],
    ["handle before index", { ...good, handle: "x", index: "99999999999" }, notFound("x"), "user"],
    ["too high", { ...good, index: "99999999999" }, 'For input string: "99999999999"', "system"],
    ["in use", { ...good, index: "1" }, used, "user"],
    ["in use, before the URL", { ...good, type: "URL", value: "nope", index: "1" }, used, "user"],
    ["admin", { ...good, index: "100" }, used, "user"],
    ["the place of an owner's key", { ...good, index: "102" }, used, "user"],
    ["the place of an App Id", { ...good, index: "103" }, used, "user"],
    ["reserved and free", { ...good, index: "104" }, used, "user"],
    ["list of administrators", { ...good, index: "200" }, used, "user"],
    ["secret key", { ...good, index: "300" }, used, "user"],
    ["URL", { ...good, type: "URL", value: "nope", index: "5" }, NOT_ADDED, "user"],
  ])("refuses: %s", async (_, query, text, type) => {
    const { call, values } = await fixture();
    const before = await values(HANDLE);
    expect(await call("addValueByIndex", query)).toMatchObject({ type: "failure", message: { type, text } });
    expect(await values(HANDLE)).toEqual(before);
  });
});

describe("modifyValueByIndex", () => {
  it.each(["1", "+1", "001"])(
    "changes the value at %s and keeps its type, whatever type is asked for",
    async (index) => {
      const { call, values } = await fixture();
      const query = { handle: HANDLE, index, value: "https://example.org/b", type: "DESC" };
      const { identifier, message } = await call("modifyValueByIndex", query);
      expect(message.text).toBe("Successfully modified handle value");
      expect(identifier?.properties).toEqual([{ index: 1, type: "URL", value: "https://example.org/b" }]);
      expect((await values(HANDLE))?.length).toBe(3);
    },
  );

  it("sets the ttl, and keeps permissions and references", async () => {
    const { call, store, record } = await fixture();
    const { revision } = (await store.read(handleKey(HANDLE))) ?? {};
    const references = [{ handle: "a/b", index: 1 }];
    const odd = {
      ...stored(5, "DESC", "x"),
      permissions: 0b1111,
      references,
      ttlType: "absolute",
      ttl: 9,
    } as const;
    const values = [...((await record(HANDLE)) ?? []), odd].sort((a, b) => a.index - b.index);
    await store.commit(handleKey(HANDLE), revision ?? "absent", values);
    await call("modifyValueByIndex", { handle: HANDLE, index: "5", value: "y" });
    expect((await record(HANDLE))?.find(({ index }) => index === 5)).toMatchObject({
      permissions: 0b1111,
      references,
      ttlType: "relative",
      ttl: 1800,
    });
  });

  const text =
    "Either this type of value is not allowed to be modified, a value does not exist at the provided index, or the value is not valid for the type";
  it.each<[string, Query, string]>([
    ["no index", { handle: HANDLE, value: "x" }, "Handle, index and value must be specified"],
    ["blank value", { handle: HANDLE, index: "1", value: "" }, NO_VALUES],
    [
      "no number, before the handle",
      { handle: "x", index: "x", value: "x" },
      "Invalid value provided for index",
    ],
    ["too high", { handle: HANDLE, index: "2147483648", value: "x" }, "Invalid value provided for index"],
    ["no such handle", { handle: "x", index: "1", value: "x" }, notFound("x")],
    ["nothing there", { handle: HANDLE, index: "2", value: "x" }, text],
    ["below 0", { handle: HANDLE, index: "-1", value: "x" }, text],
    ["HS_ADMIN", { handle: HANDLE, index: "100", value: "x" }, text],
    ["AGENTID", { handle: HANDLE, index: "101", value: `${PREFIX}/3` }, text],
    ["the hidden key of the owner handle", { handle: `${PREFIX}/1`, index: "102", value: "x" }, text],
    ["the hidden App Id", { handle: `${PREFIX}/1`, index: "103", value: "x" }, text],
    [
      "URL",
      { handle: HANDLE, index: "1", value: "nope" },
      "Failed to modify value. Ensure URL values are valid.",
    ],
  ])("refuses: %s", async (_, query, expected) => {
    const { call, values } = await fixture();
    const before = [await values(HANDLE), await values(`${PREFIX}/1`)];
    const answer = await call("modifyValueByIndex", query);
    expect(answer).toMatchObject({ type: "failure", message: { type: "user", text: expected } });
    expect([await values(HANDLE), await values(`${PREFIX}/1`)]).toEqual(before);
  });
});

describe("deleteValueByIndex", () => {
  it("removes a value; the handle is kept even without values", async () => {
    const { call, values } = await fixture();
    const { identifier, message, text } = await call("deleteValueByIndex", { handle: HANDLE, index: "1" });
    expect(message.text).toBe("Successfully deleted handle value");
    expect(identifier).toEqual({ handle: HANDLE, properties: [] });
    expect(text).toContain(`    <identifier handle="${HANDLE}"/>\n`);
    expect((await values(HANDLE))?.map(([index]) => index)).toEqual([100, 101]);
  });

  const text =
    "Either this type of value is not allowed to be deleted, or a value does not exist at the provided index";
  it.each<[string, Query, string]>([
    ["no index", { handle: HANDLE }, "Handle and index must be specified"],
    ["blank handle", { handle: "", index: "1" }, NO_VALUES],
    ["no number", { handle: HANDLE, index: "1.0" }, "Invalid value provided for index"],
    ["no such handle", { handle: "x", index: "1" }, notFound("x")],
    ["nothing there", { handle: HANDLE, index: "2" }, text],
    ["AGENTID", { handle: HANDLE, index: "101" }, text],
    ["the hidden key of the owner handle", { handle: `${PREFIX}/1`, index: "102" }, text],
  ])("refuses: %s", async (_, query, expected) => {
    const { call } = await fixture();
    const answer = await call("deleteValueByIndex", query);
    expect(answer).toMatchObject({ type: "failure", message: { type: "user", text: expected } });
  });
});

describe("every change", () => {
  it.each<[string, Query]>([
    ["addValue", { handle: HANDLE, type: "URL", value: "nope" }],
    ["addValueByIndex", { handle: HANDLE, type: "URL", value: "nope", index: "1" }],
    ["modifyValueByIndex", { handle: HANDLE, index: "77", value: "x" }],
    ["deleteValueByIndex", { handle: HANDLE, index: "77" }],
  ])("is refused to others without revealing the value: %s", async (name, query) => {
    const { call } = await fixture();
    for (const who of [BOB, { ...ALICE, identifier: "Other" }]) {
      expect(await call(name, query, who)).toMatchObject({
        type: "failure",
        message: { type: "user", text: DENIED },
      });
    }
  });

  it("of the owner handle is allowed to its owner", async () => {
    const { call } = await fixture();
    const query = { handle: `${PREFIX}/1`, type: "DESC", value: "about me" };
    expect((await call("addValue", query)).identifier?.properties.length).toBe(1);
    expect((await call("addValue", query, BOB)).message.text).toBe(DENIED);
  });

  it("loses nothing if many arrive at the same time", async () => {
    const { call } = await fixture();
    const values = Array.from({ length: 30 }, (_, i) => `value ${i}`);
    await Promise.all(values.map((value) => call("addValue", { handle: HANDLE, type: "DESC", value })));
    const { identifier } = await call("getHandle", { handle: HANDLE });
    expect(identifier?.properties.map(({ index }) => index)).toEqual(
      Array.from({ length: 31 }, (_, i) => i + 1),
    );
    expect(
      identifier?.properties
        .slice(1)
        .map(({ value }) => value)
        .sort(),
    ).toEqual([...values].sort());
  });

  it("uses an AGENTID that an administrator has changed", async () => {
    const { call, mint, indexed, record } = await fixture();
    await mint("DESC", "x", BOB);
    const { revision } = (await indexed.read(handleKey(HANDLE))) ?? {};
    const values = ((await record(HANDLE)) ?? []).map((value) =>
      value.type === "AGENTID" ? stored(101, "AGENTID", `${PREFIX}/3`) : value,
    );
    await indexed.commit(handleKey(HANDLE), revision ?? "absent", values);
    const query = { handle: HANDLE, type: "DESC", value: "x" };
    expect((await call("addValue", query)).message.text).toBe(DENIED);
    expect((await call("addValue", query, BOB)).type).toBe("success");
    expect((await call("listHandles", {}, BOB)).identifiers).toEqual([HANDLE, `${PREFIX}/3`, `${PREFIX}/4`]);
    expect((await call("listHandles", {})).identifiers).toEqual([`${PREFIX}/1`]);
  });

  it("reports a failed store without details", async () => {
    const { store, state, mint } = await fixture();
    const handle = await mint("DESC", "x");
    const broken = { ...store, commit: async () => Promise.reject(new Error("/secret/path")) };
    const { call, log } = await createArdcFixture({}, { store: broken, state });
    const answers = [
      await call("addValue", { handle, type: "DESC", value: "x" }),
      await call("modifyValueByIndex", { handle, index: "1", value: "y" }),
      await call("deleteValueByIndex", { handle, index: "1" }),
      await call("mint", { type: "DESC", value: "x" }),
    ];
    expect(answers.map(({ message }) => [message.type, message.text])).toEqual([
      ["user", NOT_ADDED],
      ["user", "Failed to modify value. Ensure URL values are valid."],
      ["user", `Handle: ${handle}. Failed to delete value due to system error`],
      ["system", "Unexpected server error"],
    ]);
    expect(log.lines.filter((line) => line.startsWith("error")).length).toBe(4);
  });
});
