import { digestOf } from "@handlekit/client";
import type { HandleValueInput } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import type { HandleLocations } from "../src/writing/handle-locations.ts";
import { adminFor, codeOf, HANDLE, PREFIX, sinceNow, startSite } from "./fault-site.ts";

const url: HandleValueInput = { index: 1, type: "URL", data: "old" };
const note: HandleValueInput = { index: 2, type: "NOTE", data: "hidden", permissions: "1100" };
const present = { [HANDLE]: [url, note, adminFor("USER"), { ...adminFor("OTHER"), index: 101 }] };

describe("locations", () => {
  it("adds, exchanges and removes in the one value, whatever the case of its type, and leaves the others", async () => {
    const xml =
      '<locations chooseby="weighted"><location id="0" href="https://one.example/" view="x"/></locations>';
    const seed = {
      [HANDLE]: [url, note, { index: 7, type: "10320/LOC", data: xml, ttl: 60 }, adminFor("USER")],
    };
    const site = await startSite({ seed });
    const { locations } = site.client();
    const asked = sinceNow(site);
    await locations.add(HANDLE, ["https://one.example/", "https://two.example/?a&b"], { weight: 0.5 });
    await locations.exchange(HANDLE, "https://one.example/", "https://three.example/");
    expect((await locations.read(HANDLE))?.entries.map(({ href, id, weight }) => [href, id, weight])).toEqual(
      [
        ["https://three.example/", "0", 0.5],
        ["https://two.example/?a&b", "1", 0.5],
      ],
    );
    expect([
      await locations.contains(HANDLE, "https://two.example/?a&b"),
      await locations.isEmpty(HANDLE),
    ]).toEqual([true, false]);
    await locations.remove(HANDLE, "https://three.example/");
    expect((await site.stored(HANDLE))?.find(({ index }) => index === 7)).toMatchObject({
      type: "10320/LOC",
      ttl: 60,
    });
    await locations.remove(HANDLE, ["https://two.example/?a&b", "https://none.example/"]);
    expect((await site.stored(HANDLE))?.map(({ index }) => index)).toEqual([1, 2, 100]);
    expect([...new Set(asked().filter((line) => !line.startsWith("GET")))]).toEqual([
      "PUT abc?index=7&overwrite=true",
      "DELETE abc?index=7",
    ]);
  });

  it("creates the value with the chooseby of the configuration, and none without URLs", async () => {
    const site = await startSite({ seed: present });
    const { locations } = site.client("USER", { locChooseBy: "locatt,country,weighted" });
    expect(await locations.read(HANDLE)).toBe(undefined);
    expect(await locations.isEmpty(HANDLE)).toBe(true);
    const nothing = [
      await locations.add(HANDLE, []),
      await locations.exchange(HANDLE, "https://a.example/", "https://b.example/"),
      await locations.remove(HANDLE, "https://a.example/"),
    ];
    expect(nothing.every(({ written, difference }) => !written && difference.length === 0)).toBe(true);
    await locations.add(HANDLE, "https://a.example/");
    const value = (await site.stored(HANDLE))?.find(({ type }) => type === "10320/loc");
    expect([value?.index, value?.data.value]).toEqual([
      3,
      expect.stringMatching(
        /^<locations chooseby="locatt,country,weighted"><location id="0" href="https:\/\/a.example\/" ?\/><\/locations>$/,
      ),
    ]);
    const again = await locations.add(HANDLE, "https://a.example/");
    expect(String(again)).toBe(`${HANDLE}: nothing to change`);
  });

  const loc = (index: number, data: HandleValueInput["data"], type = "10320/loc") => ({ index, type, data });
  const old = "https://old.example/";

  async function edited(data: string, edit: (locations: HandleLocations) => Promise<unknown>) {
    const site = await startSite({ seed: { [HANDLE]: [url, loc(2, data), adminFor("USER")] } });
    const { locations } = site.client();
    await edit(locations);
    const stored = (await site.stored(HANDLE))?.find(({ index }) => index === 2);
    return { text: stored?.data.value, isEmpty: await locations.isEmpty(HANDLE) };
  }

  it.each([
    [
      `<locations http_sc="302"><location id="0" href_template="https://example.org/?id={hdl}"/><location href="${old}"/></locations>`,
      '<locations http_sc="302"><location id="0" href_template="https://example.org/?id={hdl}"/></locations>',
    ],
    [
      `<locations include="20.500.12345/common"><location href="${old}"/></locations>`,
      '<locations include="20.500.12345/common"></locations>',
    ],
  ])("removes one location of %s and keeps the rest, which still resolves", async (before, after) => {
    expect(await edited(before, (locations) => locations.remove(HANDLE, old))).toEqual({
      text: after,
      isEmpty: false,
    });
  });

  it.each([
    ["", '<locations><location id="0" href="https://new.example/"/></locations>'],
    ["   \n", '<locations><location id="0" href="https://new.example/"/></locations>'],
    [
      '<locations><location href="https://example.org/d?a=1&b=2"/></locations>',
      '<locations><location href="https://example.org/d?a=1&b=2"/><location id="0" href="https://new.example/"/></locations>',
    ],
  ])("adds to %j, as Handle.Net reads it", async (before, after) => {
    const { text } = await edited(before, (locations) => locations.add(HANDLE, "https://new.example/"));
    expect(text).toBe(after);
  });

  it("edits two values of both spellings, and loses no URL", async () => {
    const one = '<locations><location id="0" href="https://one.example/"/></locations>';
    const two =
      '<locations><location id="0" href="https://two.example/"/><location id="1" href="https://one.example/"/></locations>';
    const seed = { [HANDLE]: [url, loc(3, one), loc(4, two, "10320/LOC"), adminFor("USER")] };
    const site = await startSite({ seed });
    const { locations } = site.client("USER", { locType: "10320/LOC" });
    const hrefs = async () => {
      const values = (await site.stored(HANDLE)) ?? [];
      const texts = values.filter(({ type }) => /loc/i.test(type)).map(({ data }) => String(data.value));
      return texts.map((text) => [...text.matchAll(/https:\/\/(\w+)/g)].map(([, name]) => name));
    };
    expect((await locations.read(HANDLE))?.entries.map(({ href }) => href)).toEqual([
      "https://one.example/",
      "https://two.example/",
    ]);
    await locations.add(HANDLE, ["https://one.example/", "https://three.example/"]);
    expect(await hrefs()).toEqual([["one"], ["two", "one", "three"]]);
    const asked = sinceNow(site);
    await locations.exchange(HANDLE, "https://one.example/", "https://four.example/");
    expect(await hrefs()).toEqual([["four"], ["two", "four", "three"]]);
    expect(asked().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
    await locations.add(HANDLE, "https://five.example/");
    const ifUnchanged = digestOf((await site.client().read(HANDLE, { authenticated: true })).values);
    const removed = await locations.remove(HANDLE, ["https://four.example/", "https://two.example/"], {
      ifUnchanged: await ifUnchanged,
    });
    expect(removed.difference.map(({ kind, index }) => [kind, index])).toEqual([
      ["removed", 3],
      ["changed", 4],
    ]);
    expect(await hrefs()).toEqual([["three", "five"]]);
  });

  it("merges several values into the one of the client's spelling", async () => {
    const one =
      '<locations><location id="0" href="https://one.example/"/><include>20.500.12345/common</include></locations>';
    const two = '<locations chooseby="locatt"><location id="0" href="https://two.example/"/></locations>';
    const seed = { [HANDLE]: [url, loc(3, one, "10320/LOC"), loc(4, two), adminFor("USER")] };
    const site = await startSite({ seed });
    const { locations } = site.client();
    const planned = await locations.merge(HANDLE, { dryRun: true });
    expect(planned.difference.map(({ kind, index }) => [kind, index])).toEqual([
      ["removed", 3],
      ["changed", 4],
    ]);
    await locations.merge(HANDLE);
    const values = (await site.stored(HANDLE)) ?? [];
    expect(
      values.filter(({ type }) => /loc/i.test(type)).map(({ index, data }) => [index, data.value]),
    ).toEqual([
      [
        4,
        '<locations chooseby="locatt"><location id="0" href="https://two.example/"/><location id="1" href="https://one.example/"/><include>20.500.12345/common</include></locations>',
      ],
    ]);
    expect((await locations.merge(HANDLE)).difference).toEqual([]);
  });

  it("names a value that breaks off or is not text; isEmpty, repair and modify still work", async () => {
    const broken = `<locations><location href="${old}"/><location href="https://`;
    const seed = {
      [`${PREFIX}/broken`]: [loc(1, broken), adminFor("USER")],
      [`${PREFIX}/bytes`]: [loc(1, { format: "base64", value: "/v8=" }), adminFor("USER")],
    };
    const site = await startSite({ seed });
    const client = site.client();
    const { locations } = client;
    for (const name of ["broken", "bytes"]) {
      const handle = `${PREFIX}/${name}`;
      const error = await locations.read(handle).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "invalid_value", handle });
      expect(String(error)).toContain(`${handle} at index 1`);
      expect(await codeOf(locations.add(handle, "https://a.example/"))).toBe("invalid_value");
      expect(await locations.isEmpty(handle)).toBe(false);
    }
    await locations.repair(`${PREFIX}/broken`);
    expect((await locations.read(`${PREFIX}/broken`))?.entries.map(({ href }) => href)).toEqual([old]);
    await client.modify(`${PREFIX}/bytes`, { "10320/loc": "<locations/>" });
    expect(await locations.isEmpty(`${PREFIX}/bytes`)).toBe(true);
  });
});

describe.each(["hs_admin", "HS_ADMIN.X"])("an administrator of type %s", (type) => {
  it("is guarded like HS_ADMIN, and counts as one", async () => {
    const site = await startSite({ seed: { [HANDLE]: [url, { ...adminFor("USER"), type }] } });
    const client = site.client();
    for (const attempt of [
      () => client.modify(HANDLE, [{ type, data: "x" }]),
      () => client.modify(HANDLE, [{ index: 100, type: "URL", data: "x" }]),
      () => client.deleteValues(HANDLE, [type]),
      () => client.deleteValues(HANDLE, ["hs_ADMIN.other"]),
      () => client.deleteValues(HANDLE, [100]),
    ]) {
      expect(await codeOf(attempt())).toBe("invalid_options");
    }
    const { data } = adminFor("USER");
    const change = await client.create(`${PREFIX}/own`, [
      { type, data },
      { type: "URL", data: "u" },
    ]);
    expect(change.after.map((value) => value.type)).toEqual(["URL", type]);
  });
});
