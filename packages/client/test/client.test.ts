import { inspect } from "node:util";
import { createBasicAuth } from "@handlekit/auth/basic";
import { type ClientOptions, createClient, digestOf } from "@handlekit/client";
import {
  decodeUtf8,
  encodeUtf8,
  type HandleValue,
  isHandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import type { SendOptions, Transport } from "@handlekit/transport";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnswer } from "../src/connection/response.ts";

const server = "https://h.example:8000";
const strategy = createBasicAuth({ identity: "300:a/USER", password: "S3CR3T", origins: [server] });
const RECORD = {
  responseCode: 1,
  handle: "a/b",
  values: [
    {
      index: 100,
      type: "HS_ADMIN",
      data: { format: "admin", value: { handle: "0.NA/a", index: 200, permissions: "011111110011" } },
    },
    { index: 1, type: "URL", data: { format: "string", value: "u" }, ttl: 60 },
  ],
};

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

const scripted = (...answers: readonly Answer[]) => scriptedWith({}, ...answers);

/** Creates a client whose transport gives these answers in order and keeps its requests. */
function scriptedWith(options: ClientOptions, ...answers: readonly Answer[]) {
  const sent: { request: WireRequest; login: boolean }[] = [];
  const rest = [...answers];
  const transport: Transport = {
    async send(request: WireRequest, options: SendOptions = {}): Promise<WireResponse> {
      sent.push({ request, login: options.strategy !== undefined });
      const [status, body, headers = {}] = rest.shift() ?? [500, ""];
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return { status, headers, ...(text === "" ? {} : { body: encodeUtf8(text) }) };
    },
    close: async () => {},
  };
  const lines = () =>
    sent.map(
      ({ request, login }) =>
        `${request.method} ${request.url.slice(server.length)}${login ? " as user" : ""}`,
    );
  const bodies = () =>
    sent.map(({ request }) => (request.body ? JSON.parse(decodeUtf8(request.body) ?? "") : undefined));
  return { client: createClient({ server }, { strategy, transport, ...options }), lines, bodies };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => isHandleError(error) && error.code,
  );

const done = { responseCode: 1, handle: "a/b" };

describe("requests", () => {
  it("reads without credentials, by index order", async () => {
    const { client, lines } = scripted([200, RECORD]);
    const record = await client.read("hdl:a/b", { indexes: [1, 100], types: ["URL."], authoritative: true });
    expect(record.values.map((value) => value.index)).toEqual([1, 100]);
    expect(lines()).toEqual(["GET /api/handles/a/b?index=1&index=100&type=URL.&auth=true"]);
  });

  it("reads the text of a value, and one value only", async () => {
    const { client, lines } = scripted(
      [200, { ...RECORD, values: RECORD.values.slice(1) }],
      [200, { ...RECORD, values: RECORD.values.slice(1) }],
      [200, { ...RECORD, values: [] }],
      [200, { ...RECORD, values: RECORD.values.slice(1) }],
    );
    expect(await client.readText("a/b", "URL", { authoritative: true })).toBe("u");
    expect(await client.readText("hdl:a/b", 1, { authenticated: true })).toBe("u");
    expect(await client.readText("a/b", "NONE")).toBe(undefined);
    const others: object = { types: ["OTHER"], indexes: [7] };
    expect((await client.readValue("a/b", 1, others))?.index).toBe(1);
    expect(lines()).toEqual([
      "GET /api/handles/a/b?type=URL&auth=true",
      "GET /api/handles/a/b?index=1 as user",
      "GET /api/handles/a/b?type=NONE",
      "GET /api/handles/a/b?index=1",
    ]);
  });

  it.each([
    ["admin", RECORD.values[0]?.data.value],
    ["vlist", [{ handle: "a/b", index: 300 }]],
    ["key", { kty: "RSA", n: "AQAB", e: "AQAB" }],
    ["site", { version: 1 }],
    ["base64", "AAEC"],
    ["hex", "00ff"],
  ])("says that a value of the format %s is not text, and readValue gives it", async (format, value) => {
    const values = [{ index: 5, type: "T\u202e", data: { format, value } }];
    const { client } = scripted([200, { ...RECORD, values }], [200, { ...RECORD, values }]);
    const error = await client.readText("a/b", "T\u202e").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "invalid_value", handle: "a/b" });
    expect(String(error)).toContain("at index 5, of type T\\u202e, is not text");
    expect(String(error)).toContain(format);
    expect(await client.readValue("a/b", 5)).toEqual(values[0]);
  });

  it("repeats no type and no format of any length", async () => {
    const values = [{ index: 5, type: "T".repeat(9000), data: { format: "F".repeat(9000), value: 1 } }];
    const { client } = scripted([200, { ...RECORD, values }]);
    const error = await client.readText("a/b", 5).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/of type T{80}, is not text: its format is F{80}\.$/);
  });

  it("accepts an answer about the handle in any case, and none about another one (Q28)", async () => {
    const { client, lines } = scripted(
      [200, { ...RECORD, handle: "A/B" }],
      [200, { ...RECORD, handle: "a/c" }],
    );
    expect((await client.read("a/b")).handle).toBe("a/b");
    const error = await client.read("a/b").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "protocol_error", handle: "a/b", retryable: false });
    expect(lines()).toHaveLength(2);
  });

  it("reads the record back after an answer about another handle", async () => {
    const { client, lines } = scripted([201, { ...done, handle: "a/c" }], [404, { responseCode: 100 }]);
    expect(await codeOf(client.create("a/b", { URL: "u" }))).toBe("protocol_error");
    expect(lines()).toEqual(["PUT /api/handles/a/b?overwrite=false as user", "GET /api/handles/a/b as user"]);
  });

  it("creates with overwrite=false and an HS_ADMIN of its own", async () => {
    const { client, lines, bodies } = scripted([201, done]);
    const result = await client.create("a/b", { URL: "u" });
    expect([result.created, result.handle, lines()]).toEqual([
      true,
      "a/b",
      ["PUT /api/handles/a/b?overwrite=false as user"],
    ]);
    expect(bodies()).toEqual([
      {
        values: [
          {
            index: 100,
            type: "HS_ADMIN",
            data: { format: "admin", value: { index: 200, handle: "0.NA/a", permissions: "011111110011" } },
          },
          { type: "URL", data: "u", index: 1 },
        ],
      },
    ]);
  });

  it("changes only the indexes of its values, after a read with the login", async () => {
    const { client, lines, bodies } = scripted([200, RECORD], [201, done], [200, done]);
    await client.modify("a/b", { URL: "new", TITLE: "t" });
    expect(lines()).toEqual([
      "GET /api/handles/a/b as user",
      "PUT /api/handles/a/b?index=2&overwrite=false as user",
      "PUT /api/handles/a/b?index=1&overwrite=true as user",
    ]);
    expect(bodies().slice(1)).toEqual([
      { values: [{ type: "TITLE", data: "t", index: 2 }] },
      { values: [{ index: 1, type: "URL", data: "new", ttl: 60 }] },
    ]);
  });

  it("never overwrites a hidden value: adds first, with overwrite=false", async () => {
    const { client, lines } = scripted([403, { responseCode: 400 }], [200, RECORD], [201, done], [200, done]);
    await client.modify("a/b", { URL: "new", TITLE: "t" });
    expect(lines()).toEqual([
      "GET /api/handles/a/b as user",
      "GET /api/handles/a/b",
      "PUT /api/handles/a/b?index=2&overwrite=false as user",
      "PUT /api/handles/a/b?index=1&overwrite=true as user",
    ]);
  });

  it("gives HS_ADMIN the next index if another value has 100", async () => {
    const { client, bodies } = scripted([201, done]);
    await client.create("a/b", [{ type: "T", data: "t", index: 100 }]);
    expect(
      bodies()[0].values.map(({ type, index }: { type: string; index: number }) => [type, index]),
    ).toEqual([
      ["HS_ADMIN", 101],
      ["T", 100],
    ]);
  });

  it("writes the owner and permissions of the options, or the caller's HS_ADMIN", async () => {
    const { client, bodies } = scriptedWith(
      { owner: "300:a/OWNER", permissions: "111111111111" },
      [201, done],
      [201, done],
    );
    await client.create("a/b", {});
    const value = { index: 1, handle: "a/c", permissions: "000000000001" };
    await client.create("a/b", { HS_ADMIN: { format: "admin", value } });
    expect(bodies().map(({ values: [{ data }] }) => data.value)).toEqual([
      { index: 300, handle: "a/OWNER", permissions: "111111111111" },
      value,
    ]);
  });

  it("leaves HS_ADMIN alone without modifyAdmin, by type and by index", async () => {
    const value = { index: 1, handle: "a/c", permissions: "111111111111" };
    const admin = { type: "HS_ADMIN", data: { format: "admin" as const, value } };
    const { client, lines } = scripted([200, RECORD], [200, RECORD], [200, RECORD]);
    const refused = [
      client.modify("a/b", [admin]),
      client.modify("a/b", [{ index: 100, type: "URL", data: "u" }]),
      client.deleteValues("a/b", ["HS_ADMIN"]),
      client.deleteValues("a/b", [100]),
    ];
    for (const each of refused) expect(await codeOf(each)).toBe("invalid_options");
    expect(lines().filter((line) => !line.startsWith("GET"))).toEqual([]);

    const allowed = scriptedWith(
      { modifyAdmin: true },
      [200, RECORD],
      [200, done],
      [200, RECORD],
      [200, done],
    );
    await allowed.client.modify("a/b", [admin]);
    await allowed.client.deleteValues("a/b", ["HS_ADMIN"]);
    expect(allowed.lines()).toEqual([
      "GET /api/handles/a/b as user",
      "PUT /api/handles/a/b?index=100&overwrite=true as user",
      "GET /api/handles/a/b as user",
      "DELETE /api/handles/a/b?index=100 as user",
    ]);
  });

  it("refuses a value that cannot be written before it sends anything but the read", async () => {
    const { client, lines } = scripted([200, RECORD], [200, RECORD]);
    const broken = { format: "base64" as const, value: "!" };
    for (const write of [
      client.create("a/b", { T: broken }),
      client.mint("a", { T: broken }),
      client.mint("a", { T: broken }, { suffix: "server" }),
      client.modify("a/b", { T: broken }),
      client.modify("a/b", { URL: broken }),
    ]) {
      expect(await codeOf(write)).toBe("invalid_value");
    }
    expect(new Set(lines())).toEqual(new Set(["GET /api/handles/a/b as user"]));
  });

  it("sends nothing when nothing would change", async () => {
    const { client, lines } = scripted([200, RECORD]);
    const change = await client.modify("a/b", { URL: "u" });
    expect([change.written, change.responseCode, String(change)]).toEqual([
      false,
      undefined,
      "a/b: nothing to change",
    ]);
    expect(lines()).toHaveLength(1);
  });

  it("uses the path of the API that it was given", async () => {
    for (const [restApiUrlExtension, path] of [
      ["/hs/api/", "/hs/api/"],
      ["hs", "/hs/"],
      ["", "/"],
    ] as const) {
      const { client, lines } = scriptedWith({ restApiUrlExtension }, [200, RECORD], [200, RECORD]);
      await client.read("a/b");
      await codeOf(client.count("a"));
      expect(lines()).toEqual([
        `GET ${path}a/b`,
        `GET ${path.replace(/\/$/, "")}?prefix=a&page=0&pageSize=0 as user`,
      ]);
    }
  });

  it("says which values had been added if the second part of a change fails", async () => {
    const { client } = scripted([200, RECORD], [201, done], [503, { responseCode: 3 }]);
    const error = await client.modify("a/b", { URL: "new", TITLE: "t" }).catch((e: unknown) => e);
    expect(isHandleError(error, "server_busy") && error.message).toContain("(index 2) had been added before");
  });

  it("refuses a text as HS_ADMIN: nobody could change the record", async () => {
    const { client, lines } = scripted();
    const error = await client.create("a/b", { URL: "u", HS_ADMIN: "300:a/b" }).catch((e: unknown) => e);
    expect([isHandleError(error, "invalid_value"), lines()]).toEqual([true, []]);
  });

  it("deletes by index, by type and whole", async () => {
    const { client, lines } = scripted([200, RECORD], [200, done], [200, RECORD], [200, done]);
    const some = await client.deleteValues("a/b", ["URL", 7]);
    const all = await client.delete("a/b");
    expect(lines()).toEqual([
      "GET /api/handles/a/b as user",
      "DELETE /api/handles/a/b?index=7&index=1 as user",
      "GET /api/handles/a/b as user",
      "DELETE /api/handles/a/b as user",
    ]);
    expect([some.after.map(({ index }) => index), all.after]).toEqual([[100], []]);
  });

  it("distinguishes deleting the last values from deleting the handle", async () => {
    const only = { ...RECORD, values: RECORD.values.slice(1) };
    const { client } = scripted([200, only], [200, done], [200, { ...RECORD, values: [] }], [200, done]);
    expect(String(await client.deleteValues("a/b", [1]))).toBe("changed a/b\n  - 1 URL  u");
    expect(String(await client.delete("a/b"))).toBe("deleted a/b");
  });

  it("sends no DELETE for an empty list or a type that is not there: it would delete the handle", async () => {
    const { client, lines } = scripted([200, RECORD]);
    const codes = [];
    for (const which of [[], ["NONE"]]) {
      codes.push(
        await client.deleteValues("a/b", which).catch((error: unknown) => isHandleError(error) && error.code),
      );
    }
    expect(codes).toEqual(["invalid_options", "values_not_found"]);
    expect(lines()).toEqual(["GET /api/handles/a/b as user"]);
  });
});

describe("answers", () => {
  const login = {
    "www-authenticate":
      'Basic realm="handle", Handle sessionId="s", nonce="n", error="Identity not verified"',
  };

  it.each<[number, unknown, string]>([
    [401, "", "authentication_failed"],
    [401, { responseCode: 402 }, "authentication_failed"],
    [403, { responseCode: 402 }, "authentication_failed"],
    [403, { responseCode: 403 }, "authentication_failed"],
    [403, { responseCode: 400 }, "permission_denied"],
    [403, { responseCode: 401 }, "permission_denied"],
    [404, { responseCode: 100 }, "handle_not_found"],
    [404, "<html>", "protocol_error"],
    [409, { responseCode: 101 }, "handle_exists"],
    [409, { responseCode: 201 }, "value_exists"],
    [400, { responseCode: 200 }, "values_not_found"],
    [400, { responseCode: 202 }, "invalid_value"],
    [400, { responseCode: 301 }, "prefix_not_served"],
    [400, { responseCode: 102 }, "invalid_handle"],
    [400, { responseCode: 4, message: "because" }, "protocol_error"],
    [413, "", "too_large"],
    [429, "", "server_busy"],
    [429, { responseCode: 3 }, "server_busy"],
    [501, { responseCode: 5 }, "not_supported"],
    [503, { responseCode: 3 }, "server_busy"],
    [503, { responseCode: 7 }, "server_busy"],
    [500, { responseCode: 2 }, "server_error"],
    [500, { responseCode: 6 }, "server_error"],
    [500, { responseCode: 300 }, "server_error"],
    [300, { responseCode: 302, values: [] }, "prefix_not_served"],
    [300, { responseCode: 303, referralHandle: "0.NA/a" }, "prefix_not_served"],
    [403, { responseCode: 404 }, "authentication_failed"],
    [500, { responseCode: 405 }, "authentication_failed"],
    [500, { responseCode: 406 }, "authentication_failed"],
    [500, { responseCode: 500 }, "server_error"],
    [500, { responseCode: 505 }, "server_error"],
    [412, { responseCode: 4 }, "record_changed"],
    [504, "", "server_error"],
    [502, "<html>", "server_error"],
    [200, "", "protocol_error"],
    [200, "<html>", "protocol_error"],
    [200, "[]", "protocol_error"],
    [200, { values: [] }, "protocol_error"],
    [200, { responseCode: 1, values: {} }, "protocol_error"],
    [200, { responseCode: 2, message: "out of disk" }, "server_error"],
    [200, [{ idx: 1, type: "URL", parsed_data: "https://example.org/" }], "protocol_error"],
    [200, { responseCode: 100 }, "protocol_error"],
  ])("%d %j is %s", async (status, body, code) => {
    const about = async (call: Promise<unknown>) => {
      const error = await call.catch((e: unknown) => e);
      expect(inspect(error)).not.toContain("S3CR3T");
      return isHandleError(error) && [error.code, error.status, error.handle];
    };
    expect(await about(scripted([status, body]).client.read("a/b"))).toEqual([code, status, "a/b"]);
    // A write with such an answer may have been carried out: the record is read back.
    const unclear = code === "server_error" || status === 200;
    const write = scripted([status, body], [500, ""]);
    expect(await about(write.client.create("a/b", {}))).toEqual(
      unclear ? ["outcome_unknown", undefined, "a/b"] : [code, status, "a/b"],
    );
    expect(write.lines()).toHaveLength(unclear ? 2 : 1);
    const settled = scripted([status, body], [404, { responseCode: 100 }]);
    // The server behind a gateway may still be carrying it out.
    const inDoubt = status === 502 || status === 504;
    expect(await about(settled.client.create("a/b", {}))).toEqual(
      inDoubt ? ["outcome_unknown", undefined, "a/b"] : [code, status, "a/b"],
    );
  });

  it("reads what older servers and other services give, and names what no format describes", async () => {
    const values = [
      { index: 1, type: "URL", data: "https://example.org/" },
      { index: "2", type: "SIZE", data: 12 },
      { index: 3, type: "NOTE", data: null },
      { index: 4, type: "NOTE", data: { format: "url", url: "https://example.org/" } },
      { type: "NOTE", data: "x" },
      null,
      { index: 5, type: "NOTE", data: { format: "string", value: "kept" } },
    ];
    const record = await scripted([200, { responseCode: 1, handle: "a/b", values }]).client.read("a/b");
    expect(record.values).toEqual([
      { index: 1, type: "URL", data: { format: "string", value: "https://example.org/" } },
      { index: 2, type: "SIZE", data: { format: "string", value: "12" } },
      values[2],
      values[3],
      values[6],
    ]);
    expect(record.warnings).toEqual([
      "the data of the value at index 3 have no known format, and are given as they are",
      "the data of the value at index 4 have no known format, and are given as they are",
      "one of the values has no index or no type, and is left out",
      "one of the values has no index or no type, and is left out",
    ]);
    const sound = await scripted([200, { responseCode: 1, values: [] }]).client.read("a/b");
    expect("warnings" in sound).toBe(false);
  });

  it("reads a type that is a number, and no values", async () => {
    const values = [{ index: 1, type: 5, data: { format: "string", value: "x" } }];
    const record = await scripted([200, { ...done, values }]).client.read("a/b");
    expect(record).toEqual({ handle: "a/b", values: [{ ...values[0], type: "5" }] });
    const none = await scripted([200, { ...done, values: null }]).client.read("a/b");
    expect(none).toEqual({ handle: "a/b", values: [] });
  });

  it("says that an array is a record of the ePIC API, version 2", async () => {
    const epic = [{ idx: 1, type: "URL", parsed_data: "https://example.org/", timestamp: "1", refs: [] }];
    const error = await scripted([200, epic])
      .client.read("a/b")
      .catch((e: unknown) => e);
    expect(isHandleError(error, "protocol_error") && [error.message, error.hint]).toEqual([
      "Could not read a/b: the answer is a record of the ePIC API, version 2, which is another API.",
      "Give the address of the handle server itself; its API is at /api/handles.",
    ]);
  });

  it("changes a record with values that no format describes, and those values, also with ifUnchanged", async () => {
    const note = { index: 3, type: "NOTE", data: { format: "url", url: "https://example.org/" } };
    const owner = { index: 100, type: "HS_ADMIN", data: { format: "admin", value: { handle: 1 } } };
    const hidden = { index: 4, type: "NOTE", data: null, permissions: "1100" };
    const open = [200, { ...RECORD, values: [...RECORD.values.slice(1), note, owner] }] as const;
    const all = [200, { ...RECORD, values: [...RECORD.values.slice(1), note, hidden, owner] }] as const;
    const { values } = await scripted(open).client.read("a/b");
    const ifUnchanged = await digestOf(values);
    const repaired = { values: [{ index: 3, type: "NOTE", data: "repaired" }] };
    const { client, bodies } = scripted(all, [200, done], all, [200, done], all);
    const change = await client.modify("a/b", [...repaired.values], { ifUnchanged });
    expect(bodies()[1]).toMatchObject(repaired);
    expect(String(change)).toContain("+ 3 NOTE  repaired");
    expect(String(await client.delete("a/b", { ifUnchanged }))).toContain('- 100 HS_ADMIN  {"handle":1}');
    const other = await digestOf([
      ...values.slice(0, -1),
      { ...owner, data: null } as unknown as HandleValue,
    ]);
    expect(await codeOf(client.modify("a/b", { URL: "v" }, { ifUnchanged: other }))).toBe("record_changed");
  });

  it("deletes a record that cannot be read", async () => {
    const { client, lines } = scripted([200, "<html>"], [200, { responseCode: 1 }]);
    expect((await client.delete("a/b")).written).toBe(true);
    expect(lines()).toHaveLength(2);
  });

  it("is an answer or a HandleError, whatever the server sends", () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.anything().map((value) => JSON.stringify(value) ?? ""),
    );
    const code = fc.constantFrom(1, 2, 100, 101, 200, 303, 402, "1", null);
    const shaped = fc.record({
      responseCode: code,
      values: fc.jsonValue(),
      handle: fc.jsonValue(),
      message: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(200, 201, 300, 400, 401, 404, 409, 500),
        fc.oneof(
          body,
          shaped.map((value) => JSON.stringify(value)),
        ),
        (status, text) => {
          try {
            readAnswer({ status, headers: {}, body: encodeUtf8(text) }, { operation: "read", handle: "a/b" });
          } catch (error) {
            if (!isHandleError(error)) throw error;
          }
        },
      ),
    );
  });

  it("shows the server's message in one line, shortened", async () => {
    const message = `a\n\u001b[2J\u009bb${"c".repeat(10_000)}`;
    const error = await scripted([400, { responseCode: 202, message }])
      .client.read("a/b\u001b")
      .catch((e: unknown) => e);
    const words = isHandleError(error, "invalid_value") ? error.message : "";
    expect(words).toContain("read a/b\\u001b");
    expect(words).toContain("The server says: a\\n\\u001b[2J\\u009bbccc");
    expect(words.length).toBeLessThan(500);
  });

  it("says who was refused and why the server says so", async () => {
    const { client } = scripted([401, "", login]);
    await expect(client.delete("a/b")).rejects.toThrow(/login as 300:a\/USER \(Identity not verified\)/);
  });

  it("reads an empty record", async () => {
    const { client } = scripted([200, { responseCode: 200, values: [], handle: "a/b" }]);
    expect(await client.read("a/b")).toEqual({ handle: "a/b", values: [] });
  });
});

describe("list and count", () => {
  const page = (totalCount: unknown, ...handles: string[]) =>
    [200, { responseCode: 1, totalCount, handles }] as const;
  const all = async (list: AsyncIterable<string>) => {
    const found = [];
    for await (const handle of list) found.push(handle);
    return found;
  };

  it("reads page by page, and only as many pages as are needed", async () => {
    const { client, lines } = scripted(page("5", "a/1", "a/2"), page("5", "a/3", "a/4"), page("5", "a/5"));
    expect(await all(client.list("a", { pageSize: 2 }))).toEqual(["a/1", "a/2", "a/3", "a/4", "a/5"]);
    expect(lines()).toEqual([0, 1, 2].map((n) => `GET /api/handles?prefix=a&page=${n}&pageSize=2 as user`));
    const lazy = scripted(page("5", "a/1", "a/2"));
    for await (const _ of lazy.client.list("a", { pageSize: 2 })) break;
    expect(lazy.lines()).toHaveLength(1);
  });

  it("works with servers that do not page, or send smaller pages than requested", async () => {
    const { client, lines } = scripted(page(3, "a/1", "a/2", "a/3"));
    expect(await all(client.list("a", { pageSize: 2 }))).toEqual(["a/1", "a/2", "a/3"]);
    expect(lines()).toHaveLength(1);
    const capped = scripted(page("3", "a/1", "a/2"), page("3", "a/3"));
    expect(await all(capped.client.list("a"))).toEqual(["a/1", "a/2", "a/3"]);
  });

  it("ends when handles are deleted meanwhile", async () => {
    const { client } = scripted(page("3", "a/1", "a/2"), page("2"));
    expect(await all(client.list("a", { pageSize: 2 }))).toEqual(["a/1", "a/2"]);
  });

  it("counts without listing", async () => {
    const { client, lines } = scripted(page("50000"));
    expect(await client.count("a")).toBe(50000);
    expect(lines()).toEqual(["GET /api/handles?prefix=a&page=0&pageSize=0 as user"]);
  });

  it.each<[Answer, string]>([
    [[200, { responseCode: 1, totalCount: "x", handles: [] }], "protocol_error"],
    [[200, { responseCode: 1, totalCount: "1", handles: [1] }], "protocol_error"],
    [[200, "<html>"], "protocol_error"],
    [[403, { responseCode: 400 }], "permission_denied"],
    [[400, { responseCode: 301, handle: "a" }], "prefix_not_served"],
    [[501, { responseCode: 5 }], "not_supported"],
  ])("%j is %s", async (answer, code) => {
    expect(await codeOf(all(scripted(answer).client.list("a")))).toBe(code);
    expect(await codeOf(scripted(answer).client.count("a"))).toBe(code);
  });
});

describe("createClient", () => {
  const thrownBy = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isHandleError(error) ? error.code : error;
    }
  };

  it("fails at once for settings that cannot work", () => {
    expect(thrownBy(() => createClient({}, { strategy }))).toBe("invalid_options");
    expect(thrownBy(() => createClient({ server: "nowhere" }))).toBe("invalid_options");
    expect(thrownBy(() => createClient({ server }, { permissions: "1" }))).toBe("invalid_value");
    const login = {
      kind: "password" as const,
      identity: { index: 300, handle: "a/b" },
      password: { reveal: () => encodeUtf8("S3CR3T") },
    };
    expect(thrownBy(() => createClient({ server: "http://h.example:8000", login }))).toBe(
      "insecure_connection",
    );
  });

  it("says that there are no credentials before anything is sent", async () => {
    const client = createClient({ server });
    const error = await client.create("a/b", {}).catch((e: unknown) => e);
    expect(isHandleError(error, "authentication_failed")).toBe(true);
    await client.close();
  });

  it("creates a transport from options, and closes it", async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(String(input));
      return new Response(JSON.stringify(RECORD));
    };
    // A fetch has its own TLS: httpsVerify of the credentials is ignored.
    const httpsVerify = { ca: "-----BEGIN CERTIFICATE-----" };
    const client = createClient({ server, httpsVerify }, { transport: { fetch, retries: { limit: 0 } } });
    expect(await client.readText("a/b", "URL")).toBe("u");
    expect(asked).toEqual([`${server}/api/handles/a/b?type=URL`]);
    await client.close();
    expect(await codeOf(client.read("a/b"))).toBe("aborted");
    expect(thrownBy(() => createClient({ server }, { transport: { timeouts: { total: 0 } } }))).toBe(
      "invalid_options",
    );
  });

  it("does not close a transport that it was given", async () => {
    let closed = 0;
    const transport: Transport = {
      send: async () => ({ status: 200, headers: {}, body: encodeUtf8(JSON.stringify(RECORD)) }),
      close: async () => {
        closed++;
      },
    };
    const client = createClient({ server }, { transport });
    await client.close();
    expect(closed).toBe(0);
  });

  it("reads from the public resolver when no server is named", () => {
    expect(createClient({}).server).toBe("https://hdl.handle.net");
  });
});
