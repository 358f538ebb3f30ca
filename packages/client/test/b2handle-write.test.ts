import { inspect } from "node:util";
import {
  BrokenHandleRecordException,
  GenericHandleError,
  HandleAlreadyExistsException,
  HandleAuthenticationError,
  HandleNotFoundException,
  IllegalOperationException,
} from "@handlekit/client/b2handle";
import { isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import {
  ABSENT,
  ADMIN,
  type Answer,
  CREATED,
  DONE,
  failureOf,
  recordOf,
  scripted,
  textValue,
  USER,
} from "./b2handle-scripted.ts";

const RECORD = recordOf(ADMIN, textValue(1, "URL", "u"), textValue(2, "x", "old"));
const TWICE = recordOf(textValue(2, "x", "first"), textValue(3, "x", "second"));
const READ = "GET /api/handles/a/b as user";

/** Returns written values as index, type and data. */
function shown(values: readonly Record<string, unknown>[] | undefined): unknown[] {
  return (values ?? []).map(({ index, type, data }) => [index, type, typeof data === "string" ? data : "…"]);
}

describe("registering", () => {
  it("writes B2HANDLE's values at B2HANDLE's indexes, in one request (Q7)", async () => {
    const { client, lines, written } = scripted([CREATED]);
    const made = await client.registerHandle("a/b", "u", {
      checksum: "c",
      additionalURLs: ["v", "w"],
      extratypes: { FOO: "f", BAR: "b" },
    });
    expect(made).toBe("a/b");
    expect(lines()).toEqual(["PUT /api/handles/a/b?overwrite=false as user"]);
    expect(written()).toEqual([
      {
        index: 100,
        type: "HS_ADMIN",
        data: { format: "admin", value: { index: 200, handle: "0.NA/a", permissions: "011111110011" } },
      },
      { index: 1, type: "URL", data: "u" },
      { index: 2, type: "CHECKSUM", data: "c" },
      { index: 3, type: "FOO", data: "f" },
      { index: 4, type: "BAR", data: "b" },
      {
        index: 5,
        type: "10320/loc",
        data: '<locations><location id="0" href="v"/><location id="1" href="w"/></locations>',
      },
    ]);
  });

  it("names the owner by a numeric index and handle, with the configured permissions (Q29)", async () => {
    const config = { handleowner: "300:handle/owner", hsAdminPermissions: "111111111111", locChooseby: "id" };
    const { client, written } = scripted([CREATED], config);
    await client.registerHandle("a/b", null, { additionalURLs: ["v"] });
    expect(written()).toEqual([
      {
        index: 100,
        type: "HS_ADMIN",
        data: {
          format: "admin",
          value: { index: 300, handle: "handle/owner", permissions: "111111111111" },
        },
      },
      {
        index: 2,
        type: "10320/loc",
        data: '<locations chooseby="id"><location id="0" href="v"/></locations>',
      },
    ]);
  });

  it("takes types of any name (Q30)", async () => {
    const { client, written } = scripted([CREATED]);
    await client.registerHandle("a/b", "u", {
      extratypes: { handle: "h", ttl: "t", overwrite: "o", "21.T/x": "y" },
    });
    expect(shown(written()).slice(2)).toEqual([
      [2, "handle", "h"],
      [3, "ttl", "t"],
      [4, "overwrite", "o"],
      [5, "21.T/x", "y"],
    ]);
  });

  it("takes the arguments in Python's order, and what is left out as None", async () => {
    const LOC = '<locations><location id="0" href="v"/></locations>';
    const { client, lines, written } = scripted([CREATED, RECORD, DONE, CREATED, CREATED]);
    await client.registerHandle("a/b", "u", "c", ["v"]);
    expect(shown(written()).slice(1)).toEqual([
      [1, "URL", "u"],
      [2, "CHECKSUM", "c"],
      [3, "10320/loc", LOC],
    ]);
    await client.registerHandle("a/b", null, null, null, true, { FOO: "f" });
    expect(lines().at(-1)).toBe("PUT /api/handles/a/b?overwrite=true as user");
    expect(shown(written()).slice(1)).toEqual([[2, "FOO", "f"]]);
    await client.generateAndRegisterHandle("a", "u", "c", ["v"], { FOO: "f" });
    expect(lines().at(-1)).toMatch(/^PUT \/api\/handles\/a\/[0-9a-f-]{36}\?overwrite=false as user$/);
    expect(shown(written()).slice(1)).toEqual([
      [1, "URL", "u"],
      [2, "CHECKSUM", "c"],
      [3, "FOO", "f"],
      [4, "10320/loc", LOC],
    ]);
    await client.registerHandle("a/b", "u", undefined, undefined, false, [
      { index: 7, type: "FOO", data: "f" },
    ]);
    expect(shown(written()).slice(1)).toEqual([
      [1, "URL", "u"],
      [7, "FOO", "f"],
    ]);
  });

  it("says that the handle exists, also when another client was first (Q7)", async () => {
    const { client } = scripted([[409, { responseCode: 101, handle: "a/b" }]]);
    const error = await failureOf(client.registerHandle("a/b", "u"));
    expect(error).toBeInstanceOf(HandleAlreadyExistsException);
    expect(error).toMatchObject({ handle: "a/b", message: expect.stringContaining("exists") });
  });

  it("replaces a record when asked to", async () => {
    const { client, lines } = scripted([RECORD, DONE]);
    expect(await client.registerHandle("a/b", "u", { overwrite: true })).toBe("a/b");
    expect(lines()).toEqual([READ, "PUT /api/handles/a/b?overwrite=true as user"]);
  });

  it("refuses HS_ADMIN among the extratypes and sends nothing", async () => {
    const { client, lines } = scripted([]);
    const extratypes = { HS_ADMIN: "x" };
    for (const work of [
      () => client.registerHandle("a/b", "u", { extratypes }),
      () => client.registerHandleKv("a/b", extratypes),
    ]) {
      const error = await failureOf(work);
      expect(error).toBeInstanceOf(IllegalOperationException);
      expect(error).toMatchObject({ handle: "a/b", operation: expect.stringContaining("registerHandle") });
    }
    expect(lines()).toEqual([]);
  });

  it.each<[string, Answer, object]>([
    ["no such handle on this server", [404, { responseCode: 100 }], { status: 404, responseCode: 100 }],
    ["an HTML page", [404, "<html>"], { status: 404 }],
    ["a value the server refuses", [400, { responseCode: 202 }], { status: 400, responseCode: 202 }],
    ["a broken server", [500, { responseCode: 2 }], { status: 500, responseCode: 2 }],
  ])("keeps status and response code: %s (Q12)", async (_what, answer, response) => {
    const { client } = scripted([answer]);
    const error = await failureOf(client.registerHandle("a/b", "u"));
    expect(error).toBeInstanceOf(GenericHandleError);
    expect(error).toMatchObject({ handle: "a/b", operation: "registerHandle", response });
  });

  it("generates a name and never overwrites a record", async () => {
    const { client, lines } = scripted([CREATED]);
    await client.generateAndRegisterHandle("a", "u");
    expect(lines()).toEqual([
      expect.stringMatching(/^PUT \/api\/handles\/a\/[0-9a-f-]{36}\?overwrite=false as user$/),
    ]);
  });
});

describe("registering as PYHANDLE does", () => {
  it("writes key-value pairs in their order, and no URL unless there is one", async () => {
    const { client, written } = scripted([CREATED]);
    await client.registerHandleKv("a/b", { FOO: "f", URL: "u", BAR: "b" });
    expect(shown(written())).toEqual([
      [100, "HS_ADMIN", "…"],
      [2, "FOO", "f"],
      [1, "URL", "u"],
      [3, "BAR", "b"],
    ]);
  });

  it("writes a list as it is, HS_ADMIN at the first index that is free", async () => {
    const { client, written } = scripted([CREATED, CREATED]);
    await client.registerHandleJson("a/b", [
      { index: 100, type: "x", data: "v", ttl: 5 },
      { index: 7, type: "URL", data: "u" },
    ]);
    expect(shown(written())).toEqual([
      [100, "x", "v"],
      [7, "URL", "u"],
      [101, "HS_ADMIN", "…"],
    ]);
    const value = { handle: "own/er", index: 300, permissions: "111111111111" };
    const own = { index: 111, type: "HS_ADMIN", data: { format: "admin", value } } as const;
    await client.registerHandleJson("a/b", [own]);
    expect(written()).toEqual([own]);
  });

  it("takes overwrite as the third argument of a list, as in Python", async () => {
    const { client, lines } = scripted([RECORD, DONE, CREATED]);
    await client.registerHandleJson("a/b", [{ index: 1, type: "URL", data: "u" }], true);
    expect(lines()).toEqual([READ, "PUT /api/handles/a/b?overwrite=true as user"]);
    await client.registerHandleJson("a/b", [], false);
    expect(lines().at(-1)).toBe("PUT /api/handles/a/b?overwrite=false as user");
  });
});

describe("modifying", () => {
  it("sends only what changes, and adds what is new", async () => {
    const { client, lines, written } = scripted([RECORD, CREATED, DONE]);
    await client.modifyHandleValue("a/b", { x: "new", y: "z" });
    expect(lines()).toEqual([
      READ,
      "PUT /api/handles/a/b?index=3&overwrite=false as user",
      "PUT /api/handles/a/b?index=2&overwrite=true as user",
    ]);
    expect(written()).toEqual([{ index: 2, type: "x", data: "new", ttl: 60 }]);
  });

  it("sets the ttl of values that are there, and takes those without a time stamp (Q25)", async () => {
    const { client, written } = scripted([
      recordOf({ index: 2, type: "x", data: { format: "string", value: "old" }, ttl: 60 }),
      DONE,
    ]);
    await client.modifyHandleValue("a/b", { x: "new" }, { ttl: 5 });
    expect(written()).toEqual([{ index: 2, type: "x", data: "new", ttl: 5 }]);
  });

  it("ignores missing types without addIfNotExist, and sends nothing if none is left", async () => {
    const { client, lines, written } = scripted([RECORD, RECORD, DONE, RECORD, RECORD]);
    await client.modifyHandleValue("a/b", { x: "new", y: "z" }, { addIfNotExist: false });
    expect(shown(written())).toEqual([[2, "x", "new"]]);
    await client.modifyHandleValue("a/b", { y: "z" }, { addIfNotExist: false });
    await client.modifyHandleValue("a/b", {});
    expect(lines().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  it("refuses a type of which there are two values, unless an index chooses one (Q25)", async () => {
    const { client, lines, written } = scripted([TWICE, TWICE, DONE]);
    const error = await failureOf(client.modifyHandleValue("a/b", { x: "new" }));
    expect(error).toBeInstanceOf(BrokenHandleRecordException);
    expect(error).toMatchObject({ handle: "a/b" });
    expect(lines()).toEqual([READ]);
    await client.modifyHandleValue("a/b", [{ index: 3, type: "x", data: "new" }]);
    expect(shown(written())).toEqual([[3, "x", "new"]]);
  });

  it("requires an existing handle", async () => {
    const { client } = scripted([ABSENT, ABSENT]);
    for (const pairs of [{ x: "new" }, {}]) {
      const error = await failureOf(client.modifyHandleValue("a/b", pairs));
      expect(error).toBeInstanceOf(HandleNotFoundException);
      expect(error).toMatchObject({ handle: "a/b", response: { status: 404, responseCode: 100 } });
    }
  });

  it("writes HS_ADMIN only when that was allowed, and then with permissions (Q15)", async () => {
    const HS_ADMIN = { handle: "new/owner", index: 300 };
    const refused = scripted([]);
    const error = await failureOf(refused.client.modifyHandleValue("a/b", { HS_ADMIN }));
    expect(error).toBeInstanceOf(IllegalOperationException);
    expect(refused.lines()).toEqual([]);

    const allowed = scripted([RECORD, RECORD, DONE], { modifyHsAdmin: true });
    await allowed.client.modifyHandleValue("a/b", { HS_ADMIN });
    const value = { permissions: "011111110011", ...HS_ADMIN };
    expect(allowed.written()).toEqual([
      { index: 100, type: "HS_ADMIN", data: { format: "admin", value }, ttl: 60 },
    ]);

    const without = scripted([TWICE], { modifyHsAdmin: true });
    const none = await failureOf(without.client.modifyHandleValue("a/b", { HS_ADMIN }));
    expect(none).toBeInstanceOf(IllegalOperationException);
  });

  it("finds 10320/loc under its other name and makes no second one (Q16)", async () => {
    const record = recordOf(textValue(4, "10320/loc", "<locations/>"));
    const { client, written } = scripted([record, record, DONE]);
    await client.modifyHandleValue("a/b", { "10320/LOC": "<locations><location/></locations>" });
    expect(shown(written())).toEqual([[4, "10320/loc", "<locations><location/></locations>"]]);
  });

  it("has the variants of PYHANDLE, which return the handle", async () => {
    const { client, written, lines } = scripted([RECORD, CREATED, RECORD, RECORD, CREATED, RECORD, RECORD]);
    expect(await client.modifyOrAddHandleValue("a/b", { y: "z" }, { ttl: 5 })).toBe("a/b");
    expect(written()).toEqual([{ index: 3, type: "y", data: "z", ttl: 5 }]);
    expect(await client.modifyHandleValueNotAdd("a/b", { y: "z" })).toBe("a/b");
    expect(lines()).toHaveLength(3);
  });

  it("adds a second value of a type at a free index, and replaces none", async () => {
    const { client, lines, written } = scripted([RECORD, RECORD, CREATED]);
    expect(await client.addHandleValue("a/b", { x: "more", URL: "v" })).toBe("a/b");
    expect(lines().at(-1)).toBe("PUT /api/handles/a/b?index=3&index=4&overwrite=false as user");
    expect(shown(written())).toEqual([
      [3, "x", "more"],
      [4, "URL", "v"],
    ]);
  });

  it("adds nothing if another client has changed the record meanwhile", async () => {
    const changed = recordOf(ADMIN, textValue(3, "x", "theirs"));
    const { client, lines } = scripted([RECORD, changed, changed]);
    const error = await failureOf(client.addHandleValue("a/b", { x: "more" }));
    expect(error).toBeInstanceOf(GenericHandleError);
    expect(isHandleError((error as Error).cause, "record_changed")).toBe(true);
    expect(lines().filter((line) => line.startsWith("PUT"))).toEqual([]);
  });
});

describe("deleting", () => {
  it("deletes all values of the types, and sends nothing when there are none", async () => {
    const { client, lines } = scripted([TWICE, DONE, TWICE, RECORD]);
    await client.deleteHandleValue("a/b", ["x", "none", "x"]);
    await client.deleteHandleValue("a/b", "none");
    await client.deleteHandleValue("a/b", []);
    expect(lines().filter((line) => !line.startsWith("GET"))).toEqual([
      "DELETE /api/handles/a/b?index=2&index=3 as user",
    ]);
  });

  it("deletes the others if another client has deleted one of them", async () => {
    const gone: Answer = [400, { responseCode: 200 }];
    const { client, lines } = scripted([TWICE, gone, recordOf(textValue(3, "x", "second")), DONE]);
    await client.deleteHandleValue("a/b", "x");
    expect(lines().filter((line) => line.startsWith("DELETE"))).toEqual([
      "DELETE /api/handles/a/b?index=2&index=3 as user",
      "DELETE /api/handles/a/b?index=3 as user",
    ]);
    const other = scripted([TWICE, gone, recordOf()]);
    await expect(other.client.deleteHandleValue("a/b", "x")).resolves.toBeUndefined();
  });

  it("never deletes HS_ADMIN", async () => {
    const { client, lines } = scripted([], { modifyHsAdmin: true });
    const error = await failureOf(client.deleteHandleValue("a/b", ["x", "HS_ADMIN"]));
    expect(error).toBeInstanceOf(IllegalOperationException);
    expect(lines()).toEqual([]);
  });

  it("finds 10320/loc under both names (Q16)", async () => {
    const { client, lines } = scripted([recordOf(textValue(4, "10320/loc", "<locations/>")), DONE]);
    await client.deleteHandleValue("a/b", "10320/LOC");
    expect(lines().at(-1)).toBe("DELETE /api/handles/a/b?index=4 as user");
  });

  it("requires an existing handle", async () => {
    const { client } = scripted([ABSENT, ABSENT, ABSENT]);
    for (const work of [
      () => client.deleteHandleValue("a/b", "x"),
      () => client.deleteHandleValue("a/b", []),
      () => client.deleteHandle("a/b"),
    ]) {
      expect(await failureOf(work)).toBeInstanceOf(HandleNotFoundException);
    }
  });

  it("deletes a handle, and refuses a second argument, which would be meant for values", async () => {
    const { client, lines } = scripted([RECORD, DONE]);
    await client.deleteHandle("a/b");
    expect(lines().at(-1)).toBe("DELETE /api/handles/a/b as user");
    const loose = client.deleteHandle.bind(client) as (...all: string[]) => Promise<void>;
    expect(await failureOf(() => loose("a/b", "x"))).toBeInstanceOf(TypeError);
  });
});

describe("10320/loc", () => {
  const loc = (xml: string, type = "10320/loc") => recordOf(ADMIN, textValue(2, type, xml));
  const one = '<locations><location id="0" href="u"/></locations>';

  it("is created with the first URL, and no other value is written (Q21)", async () => {
    const { client, lines, written } = scripted([RECORD, CREATED], { locChooseby: "weighted" });
    await client.addAdditionalURL("a/b", ["v", "w"]);
    expect(lines()).toEqual([READ, "PUT /api/handles/a/b?index=3&overwrite=false as user"]);
    expect(shown(written())).toEqual([
      [
        3,
        "10320/loc",
        '<locations chooseby="weighted"><location id="0" href="v"/><location id="1" href="w"/></locations>',
      ],
    ]);
  });

  it("sets attributes, also of a present URL (Q20); without them nothing is sent", async () => {
    const { client, lines, written } = scripted([loc(one), DONE, loc(one)]);
    await client.addAdditionalURL("a/b", "u", { weight: 0.5, http_role: "conneg" });
    expect(shown(written())).toEqual([
      [2, "10320/loc", '<locations><location id="0" href="u" weight="0.5" http_role="conneg"/></locations>'],
    ]);
    await client.addAdditionalURL("a/b", "u");
    expect(lines()).toHaveLength(3);
  });

  it("keeps its type and ttl (Q16)", async () => {
    const { client, written } = scripted([loc(one, "10320/LOC"), DONE]);
    await client.addAdditionalURL("a/b", "v");
    expect(written()).toEqual([
      {
        index: 2,
        type: "10320/LOC",
        ttl: 60,
        data: '<locations><location id="0" href="u"/><location id="1" href="v"/></locations>',
      },
    ]);
  });

  it("exchanges a URL, and sends nothing when it is not there", async () => {
    const { client, lines, written } = scripted([loc(one), DONE, loc(one), RECORD]);
    await client.exchangeAdditionalURL("a/b", "u", "n");
    expect(shown(written())).toEqual([
      [2, "10320/loc", '<locations><location id="0" href="n"/></locations>'],
    ]);
    await client.exchangeAdditionalURL("a/b", "other", "n");
    await client.exchangeAdditionalURL("a/b", "u", "n");
    expect(lines().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  it("removes URLs, the value with the last of them, and sends nothing if they are missing", async () => {
    const two = '<locations><location id="0" href="u"/><location id="1" href="v"/></locations>';
    const { client, lines } = scripted([loc(two), DONE, loc(one), loc(one), DONE, RECORD]);
    await client.removeAdditionalURL("a/b", "v");
    await client.removeAdditionalURL("a/b", ["u", "v"]);
    await client.removeAdditionalURL("a/b", "u");
    expect(lines().filter((line) => !line.startsWith("GET"))).toEqual([
      "PUT /api/handles/a/b?index=2&overwrite=true as user",
      "DELETE /api/handles/a/b?index=2 as user",
    ]);
  });

  it("takes URLs one by one, as in Python, and attributes after them", async () => {
    const { client, lines, written } = scripted([loc(one), DONE, loc(one), DONE, loc(one), loc(one), DONE]);
    await client.addAdditionalURL("a/b", "v", "w");
    expect(shown(written())).toEqual([
      [
        2,
        "10320/loc",
        '<locations><location id="0" href="u"/><location id="1" href="v"/><location id="2" href="w"/></locations>',
      ],
    ]);
    await client.addAdditionalURL("a/b", "u", "v", { weight: 0 });
    expect(shown(written())).toEqual([
      [
        2,
        "10320/loc",
        '<locations><location id="0" href="u" weight="0"/><location id="1" href="v" weight="0"/></locations>',
      ],
    ]);
    await client.removeAdditionalURL("a/b", "v", "u");
    expect(lines().at(-1)).toBe("DELETE /api/handles/a/b?index=2 as user");
  });

  it("leaves a value of a subtype alone", async () => {
    const record = recordOf(ADMIN, textValue(2, "10320/loc.other", one));
    const { client, lines, written } = scripted([record, CREATED, record]);
    await client.addAdditionalURL("a/b", "v");
    expect(shown(written())).toEqual([
      [3, "10320/loc", '<locations><location id="0" href="v"/></locations>'],
    ]);
    await client.deleteHandleValue("a/b", "10320/loc");
    expect(lines().filter((line) => line.startsWith("DELETE"))).toEqual([]);
  });

  it("is broken when it breaks off, and then nothing is sent", async () => {
    const record = loc("<locations");
    const { client, lines } = scripted([record, record]);
    for (const work of [
      () => client.addAdditionalURL("a/b", "v"),
      () => client.exchangeAdditionalURL("a/b", "u", "v"),
    ]) {
      const error = await failureOf(work);
      expect(error).toBeInstanceOf(BrokenHandleRecordException);
      expect(error).toMatchObject({ handle: "a/b" });
    }
    expect(lines()).toEqual([READ, READ]);
  });

  it("refuses what cannot be written, before it asks the server", async () => {
    const { client, lines } = scripted([]);
    for (const work of [
      () => client.addAdditionalURL("a/b", "v", { weight: 2 }),
      () => client.addAdditionalURL("a/b", ""),
      () => client.exchangeAdditionalURL("a/b", "u", ""),
      () => client.registerHandle("a/b", "u", { additionalURLs: [""] }),
    ]) {
      expect(await failureOf(work)).toBeInstanceOf(GenericHandleError);
    }
    expect(lines()).toEqual([]);
  });

  it("requires an existing handle", async () => {
    const { client } = scripted([ABSENT, ABSENT, ABSENT]);
    for (const work of [
      () => client.addAdditionalURL("a/b", "v"),
      () => client.exchangeAdditionalURL("a/b", "u", "v"),
      () => client.removeAdditionalURL("a/b", "u"),
    ]) {
      expect(await failureOf(work)).toBeInstanceOf(HandleNotFoundException);
    }
  });
});

describe("rights", () => {
  const methods = (client: ReturnType<typeof scripted>["client"]) => [
    () => client.registerHandle("a/b", "u"),
    () => client.generateAndRegisterHandle("a", "u"),
    () => client.registerHandleKv("a/b", { URL: "u" }),
    () => client.registerHandleJson("a/b", []),
    () => client.modifyHandleValue("a/b", { URL: "u" }),
    () => client.addHandleValue("a/b", { URL: "u" }),
    () => client.deleteHandleValue("a/b", "URL"),
    () => client.deleteHandle("a/b"),
    () => client.addAdditionalURL("a/b", "u"),
    () => client.exchangeAdditionalURL("a/b", "u", "v"),
    () => client.removeAdditionalURL("a/b", "u"),
  ];

  it("without a login nothing is sent", async () => {
    const { client, lines } = scripted([], { username: undefined, password: undefined });
    for (const work of methods(client)) {
      const error = await failureOf(work);
      expect(error).toBeInstanceOf(HandleAuthenticationError);
      expect((error as Error).message).toContain("no credentials");
    }
    expect(lines()).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["401 without a body", [401, ""]],
    ["401 with code 402", [401, { responseCode: 402 }]],
    ["403 with code 403", [403, { responseCode: 403 }]],
    ["403 with code 400: no administrator (Q11)", [403, { responseCode: 400 }]],
    ["403 with code 401: not enough rights (Q11)", [403, { responseCode: 401 }]],
  ])("%s is a HandleAuthenticationError, which never holds the password (Q26)", async (_what, answer) => {
    for (const [at] of methods(scripted([]).client).entries()) {
      const { client } = scripted([answer, answer, answer]);
      const work = methods(client)[at];
      const error = await failureOf(() => work?.());
      expect(error).toBeInstanceOf(HandleAuthenticationError);
      expect(error).toMatchObject({
        handle: expect.any(String),
        operation: expect.any(String),
        username: USER,
        response: { status: answer[0] },
      });
      const everything = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
      expect(everything).not.toContain("S3CR3T");
    }
  });

  it("a client never prints its password (Q26)", () => {
    const { client } = scripted([]);
    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain("S3CR3T");
  });
});
