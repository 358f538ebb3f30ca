import { inspect } from "node:util";
import {
  BrokenHandleRecordException,
  GenericHandleError,
  HandleAuthenticationError,
  HandleNotFoundException,
  type HandleRecordJson,
  HandleSyntaxError,
  ReverseLookupException,
} from "@handlekit/client/b2handle";
import { isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { ABSENT, ADMIN, type Answer, failureOf, recordOf, scripted, textValue } from "./b2handle-scripted.ts";

const NOTHING_PUBLIC: Answer = [200, { responseCode: 200 }];
const RECORD = recordOf(
  ADMIN,
  textValue(1, "URL", "u"),
  textValue(2, "x", "first"),
  textValue(3, "x", "second"),
);

describe("reading", () => {
  it("returns the record, or null if there is none, and sends no login", async () => {
    const { client, lines } = scripted([RECORD, ABSENT]);
    const record = await client.retrieveHandleRecordJson("a/b");
    expect(record).toMatchObject({ responseCode: 1, handle: "a/b" });
    expect(record?.values.map(({ index }) => index)).toEqual([1, 2, 3, 100]);
    expect(await client.retrieveHandleRecordJson("a/b")).toBeNull();
    expect(lines()).toEqual(["GET /api/handles/a/b", "GET /api/handles/a/b"]);
  });

  it("returns a flat record: the first value of each type, HS_ADMIN as JSON", async () => {
    const { client } = scripted([RECORD, ABSENT]);
    expect(await client.retrieveHandleRecord("a/b")).toEqual({
      URL: "u",
      x: "first",
      HS_ADMIN: '{"handle":"0.NA/a","index":200,"permissions":"011111110011"}',
    });
    expect(await client.retrieveHandleRecord("a/b")).toBeNull();
  });

  it("returns one value, null for a missing type, and throws for a missing handle", async () => {
    const { client } = scripted([RECORD, RECORD, RECORD, ABSENT]);
    expect(await client.getValueFromHandle("a/b", "x")).toBe("first");
    expect(await client.getValueFromHandle("a/b", "HS_ADMIN")).toMatchObject({ index: 200 });
    expect(await client.getValueFromHandle("a/b", "none")).toBeNull();
    expect(await failureOf(client.getValueFromHandle("a/b", "x"))).toBeInstanceOf(HandleNotFoundException);
  });

  it("uses a record that was read before, in any case of the handle, and no other one (Q28)", async () => {
    const { client, lines } = scripted([RECORD, RECORD]);
    const record = await client.retrieveHandleRecordJson("a/b");
    expect(await client.getValueFromHandle("A/B", "URL", record)).toBe("u");
    expect(await client.retrieveHandleRecord("hdl:a/b", record)).toMatchObject({ URL: "u" });
    await client.getValueFromHandle("a/c", "URL", record);
    expect(lines()).toEqual(["GET /api/handles/a/b", "GET /api/handles/a/c"]);
  });

  it("takes a record that was read before and has no values (Q14)", async () => {
    const { client, lines } = scripted([]);
    const record = { responseCode: 200, handle: "a/b" } as HandleRecordJson;
    expect(await client.retrieveHandleRecord("a/b", record)).toEqual({});
    expect(lines()).toEqual([]);
  });

  it("refuses an answer about another handle", async () => {
    const { client } = scripted([[200, { responseCode: 1, handle: "a/other", values: [] }]]);
    const error = await failureOf(client.retrieveHandleRecordJson("a/b"));
    expect(error).toBeInstanceOf(GenericHandleError);
    expect(error).toMatchObject({ msg: expect.stringContaining('answered about "a/other"') });
  });

  it("treats a record without public values as one without values (Q14)", async () => {
    const { client } = scripted(Array.from({ length: 5 }, () => NOTHING_PUBLIC));
    expect(await client.retrieveHandleRecordJson("a/b")).toEqual({
      responseCode: 200,
      handle: "a/b",
      values: [],
    });
    expect(await client.retrieveHandleRecord("a/b")).toEqual({});
    expect(await client.getValueFromHandle("a/b", "URL")).toBeNull();
    expect(await client.is10320LOCEmpty("a/b")).toBe(true);
    expect(await client.isURLContainedIn10320LOC("a/b", "u")).toBe(false);
  });

  it("sends every character of a handle, and none of a scheme (Q5, Q6, Q24)", async () => {
    const { client, lines } = scripted([RECORD, RECORD]);
    await client.retrieveHandleRecordJson("foo/a#b?c%20:d");
    await client.retrieveHandleRecordJson("hdl:demo/x");
    expect(lines()).toEqual(["GET /api/handles/foo/a%23b%3Fc%2520%3Ad", "GET /api/handles/demo/x"]);
  });

  it("sends nothing for text that is not a handle", async () => {
    const { client, lines } = scripted([]);
    for (const work of [
      () => client.retrieveHandleRecordJson("ab"),
      () => client.retrieveHandleRecord("a/"),
      () => client.getValueFromHandle("300:a/b", "URL"),
      () => client.registerHandle("nohandle", "u", { overwrite: true }),
      () => client.modifyHandleValue("ab", { URL: "u" }),
      () => client.deleteHandle("ab"),
      () => client.addAdditionalURL("ab", "u"),
    ]) {
      expect(await failureOf(work)).toBeInstanceOf(HandleSyntaxError);
    }
    expect(lines()).toEqual([]);
  });
});

describe("the 10320/loc of a record", () => {
  const loc = (type: string, xml: string) => recordOf(textValue(2, type, xml));
  const one = '<locations><location id="0" href="http://x"/></locations>';

  it.each(["10320/loc", "10320/LOC"])("is read as %s (Q16)", async (type) => {
    const { client } = scripted(Array.from({ length: 4 }, () => loc(type, one)));
    expect(await client.is10320LOCEmpty("a/b")).toBe(false);
    expect(await client.isURLContainedIn10320LOC("a/b", "http://x")).toBe(true);
    expect(await client.isURLContainedIn10320LOC("a/b", "http://X")).toBe(false);
    expect(await client.getValueFromHandle("a/b", "10320/LOC")).toBe(one);
  });

  it("may be without a URL, or several", async () => {
    const { client } = scripted([
      loc("10320/loc", '<locations><location id="0"/></locations>'),
      recordOf(textValue(2, "10320/loc", "<locations/>"), textValue(3, "10320/LOC", one)),
    ]);
    expect(await client.is10320LOCEmpty("a/b")).toBe(true);
    expect(await client.isURLContainedIn10320LOC("a/b", "http://x")).toBe(true);
  });

  it("is broken when it breaks off", async () => {
    const { client } = scripted([loc("10320/loc", "<locations")]);
    const error = await failureOf(client.is10320LOCEmpty("a/b"));
    expect(error).toBeInstanceOf(BrokenHandleRecordException);
    expect(error).toMatchObject({ handle: "a/b" });
  });

  it("can be that of a record that was read before", async () => {
    const { client, lines } = scripted([loc("10320/loc", one)]);
    const record = await client.retrieveHandleRecordJson("a/b");
    expect(await client.is10320LOCEmpty("a/b", record)).toBe(false);
    expect(await client.isURLContainedIn10320LOC("a/b", "http://x", record)).toBe(true);
    expect(lines()).toHaveLength(1);
  });

  it("throws for a missing handle", async () => {
    const { client } = scripted([ABSENT, ABSENT]);
    expect(await failureOf(client.is10320LOCEmpty("a/b"))).toBeInstanceOf(HandleNotFoundException);
    expect(await failureOf(client.isURLContainedIn10320LOC("a/b", "u"))).toBeInstanceOf(
      HandleNotFoundException,
    );
  });
});

describe("invalid answers", () => {
  it.each<[string, Answer]>([
    ["HTML with status 200", [200, "<html>S3CR3T</html>"]],
    ["HTML with status 404", [404, "<html>"]],
    ["JSON without responseCode", [200, {}]],
    ["another response code", [200, { responseCode: 2, message: "no" }]],
    ["a list", [200, []]],
  ])("%s is a GenericHandleError (Q9)", async (_what, answer) => {
    const { client } = scripted([answer]);
    const error = await failureOf(client.retrieveHandleRecordJson("a/b"));
    expect(error).toBeInstanceOf(GenericHandleError);
    expect(error).toMatchObject({
      name: "GenericHandleError",
      handle: "a/b",
      operation: "retrieveHandleRecordJson",
      response: { status: answer[0] },
    });
    expect(isHandleError((error as Error).cause)).toBe(true);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("S3CR3T");
  });

  it("says in the message what happened, and what to try (Q13)", async () => {
    const { client } = scripted([[401, ""]]);
    const error = await failureOf(client.retrieveHandleRecordJson("a/b"));
    expect(error).toBeInstanceOf(HandleAuthenticationError);
    expect((error as HandleAuthenticationError).msg).toBe((error as Error).message);
    expect((error as Error).message).toMatch(/^Could not read a\/b: .*\. Give a credentials file/);
  });
});

describe("searching", () => {
  const found: Answer = [200, ["a/b", "a/c"]];

  it("sends every character of the terms (Q6), also numbers (Q34)", async () => {
    const { client, lines } = scripted([found, found], { allowedSearchKeys: [] });
    expect(await client.searchHandle({ URL: "*a&b#c*", SIZE: 5, CHECKSUM: null })).toEqual(["a/b", "a/c"]);
    await client.searchHandle({ prefix: "x" }, { prefix: "21.T1", limit: 5, page: 2 });
    expect(lines()).toEqual([
      "GET /hrls/handles?URL=*a%26b%23c*&SIZE=5&limit=1000&page=0 as user",
      "GET /hrls/handles/21.T1?prefix=x&limit=5&page=2 as user",
    ]);
  });

  it("takes URL and prefix in Python's order, and other terms after them", async () => {
    const { client, lines } = scripted([found, found, found]);
    await client.searchHandle("*x*");
    await client.searchHandle("*x*", "a", { CHECKSUM: "c" });
    await client.searchHandle(null, "a", { CHECKSUM: "c" });
    expect(lines()).toEqual([
      "GET /hrls/handles?URL=*x*&limit=1000&page=0 as user",
      "GET /hrls/handles/a?URL=*x*&CHECKSUM=c&limit=1000&page=0 as user",
      "GET /hrls/handles/a?CHECKSUM=c&limit=1000&page=0 as user",
    ]);
  });

  it("gives all pages, or the one that was asked for", async () => {
    const first = Array.from({ length: 1000 }, (_, i) => `a/${i}`);
    const { client, lines } = scripted([
      [200, first],
      [200, ["a/last"]],
      [200, ["a/0", "a/1"]],
    ]);
    expect(await client.searchHandle({ URL: "*" })).toEqual([...first, "a/last"]);
    expect(await client.searchHandle({ URL: "*" }, { limit: 2 })).toEqual(["a/0", "a/1"]);
    expect(lines()).toEqual([
      "GET /hrls/handles?URL=*&limit=1000&page=0 as user",
      "GET /hrls/handles?URL=*&limit=1000&page=1 as user",
      "GET /hrls/handles?URL=*&limit=2 as user",
    ]);
  });

  it("uses the configured address and login", async () => {
    const { client, lines } = scripted([found], {
      reverselookupUrlExtension: "/search",
      reverselookupUsername: "301:a/OTHER",
      reverselookupPassword: "S3CR3T-other",
    });
    await client.searchHandle({ URL: "*" });
    expect(lines()).toEqual(["GET /search?URL=*&limit=1000&page=0 as user"]);
  });

  it.each([
    ["nothing to search for", {}, [], /nothing to search for/],
    ["a key that is not allowed", { EMAIL: "x" }, [], /EMAIL/],
    ["a handle server instead", { URL: "x" }, [[404, "<html>"]], /reverselookup_baseuri/],
    ["no list", { URL: "x" }, [[200, {}]], /list of handles/],
    ["the wrong login", { URL: "x" }, [[401, ""]], /did not accept/],
  ] as const)("fails with one kind of exception: %s", async (_what, terms, answers, message) => {
    const { client } = scripted(answers);
    const error = await failureOf(client.searchHandle(terms));
    expect(error).toBeInstanceOf(ReverseLookupException);
    expect(error).toMatchObject({ query: terms, message: expect.stringMatching(message) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("S3CR3T");
  });

  it("says so when it is not set up, and sends no password to the public resolver (Q34)", async () => {
    const reader = { username: undefined, password: undefined };
    const search = { reverselookupUsername: "300:a/b", reverselookupPassword: "S3CR3T" };
    const { client, lines } = scripted([], { ...reader, ...search }, null);
    const error = await failureOf(client.searchHandle({ URL: "x" }));
    expect(error).toBeInstanceOf(ReverseLookupException);
    expect((error as Error).message).toContain("not set up");
    expect(lines()).toEqual([]);
  });
});
