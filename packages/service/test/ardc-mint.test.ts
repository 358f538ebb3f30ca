import { decodeAdmin, handleKey } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { ALICE, BOB, createArdcFixture, PREFIX } from "./ardc-support.ts";
import { NOW } from "./support.ts";

describe("mint", () => {
  it("responds byte for byte as the clients expect", async () => {
    const { call } = await createArdcFixture();
    await call("getOwnerHandle", {});
    const { text, status, headers } = await call("mint", { type: "URL", value: "https://example.org/?a&b" });
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<response type="success">
    <identifier handle="10378.1/2">
        <property index="1" type="URL" value="https://example.org/?a&amp;b"/>
    </identifier>
    <timestamp>2026-01-02T03:04:05Z</timestamp>
    <message type="user">Successfully authenticated and created handle</message>
</response>
`);
    expect(status).toBe(200);
    expect(headers).toEqual([
      ["Content-Type", "application/xml;charset=UTF-8"],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
    ]);
  });

  it("creates ordinary records: the owner handle with its hidden values, and the handle", async () => {
    const { mint, values, record } = await createArdcFixture();
    expect(await mint("DESC", "text")).toBe(`${PREFIX}/2`);
    expect(await values(`${PREFIX}/1`)).toEqual([
      [100, "HS_ADMIN", "", "1110"],
      [101, "AGENTID", `${PREFIX}/1`, "1110"],
      [102, "DESC", "ExampleUser####example.org", "1100"],
      [103, "APPID", ALICE.appId, "1100"],
    ]);
    expect(await values(`${PREFIX}/2`)).toEqual([
      [1, "DESC", "text", "1110"],
      [100, "HS_ADMIN", "", "1110"],
      [101, "AGENTID", `${PREFIX}/1`, "1110"],
    ]);
    const minted = (await record(`${PREFIX}/2`)) ?? [];
    for (const value of minted) {
      expect(value).toMatchObject({ ttl: 1800, ttlType: "relative", timestamp: NOW / 1000 });
    }
    const data = minted.find(({ type }) => type === "HS_ADMIN")?.data ?? new Uint8Array();
    expect(decodeAdmin(data)).toEqual({ handle: `0.NA/${PREFIX}`, index: 200, permissions: "111111110011" });
  });

  it("is in the audit with its client and identity, but not its secret", async () => {
    const { mint, store } = await createArdcFixture();
    await mint("URL", "https://example.org/");
    const entries = (await store.audit?.read({ limit: 10 })) ?? [];
    const note = `App Id ${ALICE.appId.slice(0, 8)}…, ExampleUser####example.org`;
    expect(entries.map(({ entry }) => entry)).toMatchObject([
      { operation: "create", handle: `${PREFIX}/1`, scheme: "ardc", identity: undefined, note },
      { operation: "create", handle: `${PREFIX}/2`, scheme: "ardc", identity: undefined, note },
    ]);
    expect(JSON.stringify(entries).includes("S3CR3T")).toBe(false);
  });

  it("shows the same records over the REST API, without the hidden values", async () => {
    const { mint, service } = await createArdcFixture();
    await mint("URL", "https://example.org/");
    const read = async (suffix: number) => {
      const { body } = await service.respond({
        method: "GET",
        target: `/api/handles/${PREFIX}/${suffix}`,
        headers: {},
        body: new Uint8Array(),
        connection: { secure: true },
      });
      return (JSON.parse(new TextDecoder().decode(body)) as { values: { index: number }[] }).values;
    };
    expect((await read(1)).map(({ index }) => index)).toEqual([100, 101]);
    expect((await read(2)).map(({ index }) => index)).toEqual([1, 100, 101]);
  });

  it.each([
    ["no index", undefined, "1"],
    ["7", "7", "7"],
    ["0, at 0, so that 1 stays free", "0", "0"],
    ["leading zeros", "007", "7"],
    ["above the reserved ones", "10238", "10238"],
    ["the highest", "2147483647", "2147483647"],
    ["99", "99", "99"],
    ["201", "201", "201"],
  ])("places the value: %s", async (_, index, at) => {
    const { call, values } = await createArdcFixture();
    const query = { type: "DESC", value: "x", ...(index === undefined ? {} : { index }) };
    const { identifier } = await call("mint", query);
    expect(identifier?.properties).toEqual([{ index: Number(at), type: "DESC", value: "x" }]);
    expect((await values(identifier?.handle ?? ""))?.map(([i]) => i)).toContain(Number(at));
  });

  const BOTH = "The type and value either must both have values or must both be empty";
  it.each<[string, Record<string, string>, string, "user" | "system"]>([
    ["nothing", {}, "Type and value must be specified", "user"],
    ["no value", { type: "DESC" }, "Type and value must be specified", "user"],
    [
      "no value before a wrong index",
      { type: "DESC", index: "x" },
      "Type and value must be specified",
      "user",
    ],
    ["blank value", { type: "DESC", value: " " }, BOTH, "user"],
    ["no type", { type: "", value: "x" }, BOTH, "user"],
    ["blank type", { type: " ", value: "x" }, BOTH, "user"],
    ["blank type, empty value", { type: " ", value: "" }, BOTH, "user"],
    ["index before both", { type: "", value: "x", index: "a" }, "Index must be numeric", "user"],
    ["negative", { type: "DESC", value: "x", index: "-1" }, "Index must be numeric", "user"],
    [
      "reserved 100",
      { type: "DESC", value: "x", index: "100" },
      "Index is reserved and cannot be used",
      "user",
    ],
    [
      "reserved 0199",
      { type: "DESC", value: "x", index: "0199" },
      "Index is reserved and cannot be used",
      "user",
    ],
    [
      "reserved 200",
      { type: "DESC", value: "x", index: "200" },
      "Index is reserved and cannot be used",
      "user",
    ],
    ["reserved 300", { type: "", value: "", index: "300" }, "Index is reserved and cannot be used", "user"],
    [
      "too high",
      { type: "DESC", value: "x", index: "2147483648" },
      'For input string: "2147483648"',
      "system",
    ],
    ["empty index", { type: "DESC", value: "x", index: "" }, 'For input string: ""', "system"],
    [
      "type",
      { type: "EMAIL", value: "x" },
      "The handle type: EMAIL is not supported by this service",
      "user",
    ],
    [
      "type in lower case",
      { type: "desc", value: "x" },
      "The handle type: desc is not supported by this service",
      "user",
    ],
    [
      "URL",
      { type: "URL", value: "nope" },
      "The URL provided is invalid or not supported by this service",
      "user",
    ],
  ])("refuses: %s", async (_, query, text, type) => {
    const { call } = await createArdcFixture();
    const answer = await call("mint", query);
    expect(answer).toMatchObject({ status: 200, type: "failure", message: { type, text } });
    expect((await call("listHandles", {})).identifiers).toEqual([`${PREFIX}/1`]);
  });

  it("accepts an empty index without a value", async () => {
    const { call } = await createArdcFixture();
    const { identifier } = await call("mint", { type: "", value: "", index: "" });
    expect(identifier).toEqual({ handle: `${PREFIX}/2`, properties: [] });
  });

  it("skips numbers of other handles", async () => {
    const { mint, store, values } = await createArdcFixture();
    for (const taken of [1, 3]) await store.commit(handleKey(`${PREFIX}/${taken}`), "absent", []);
    expect(await mint("DESC", "x")).toBe(`${PREFIX}/4`);
    expect((await values(`${PREFIX}/2`))?.map(([index]) => index)).toEqual([100, 101, 102, 103]);
    expect(await values(`${PREFIX}/1`)).toEqual([]);
  });

  it("creates one owner handle for each identity", async () => {
    const { mint, call } = await createArdcFixture();
    await mint("DESC", "x");
    await mint("DESC", "x", BOB);
    await mint("DESC", "x");
    const owner = async (who: typeof ALICE) => (await call("getOwnerHandle", {}, who)).identifier?.handle;
    expect([await owner(ALICE), await owner(BOB)]).toEqual([`${PREFIX}/1`, `${PREFIX}/3`]);
    expect(await owner({ ...ALICE, authDomain: "example.net" })).toBe(`${PREFIX}/6`);
  });
});
