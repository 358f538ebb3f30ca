import { encodeUtf8, foldCase, HandleError, type HandleKey, handleKey } from "@handlekit/core";
import type { HandleStore, ValueQuery } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asReader, createSearchFixture, ELSEWHERE, ours } from "./search-support.ts";
import { PREFIX, seed } from "./support.ts";

const RECORD = `${PREFIX}/RECORD`;

describe("GET /hrls/handles", () => {
  it.each<[string, readonly string[]]>([
    ["?URL=https://example.org/a", ours("a")],
    ["?URL=*example.org*", [...ours("a", "b"), RECORD]],
    ["?URL=*", [...ours("a", "b"), RECORD]],
    ["?URL=https%3A%2F%2Fexample.org%2Fa", ours("a")],
    ["?URL=HTTPS://example.org/a", []],
    ["?URL=example.org", []],
    ["?URL=none", []],
    ["?url=*", ours("b")],
    ["?Url=*", []],
    ["?NONE=*", []],
    // Several keys: each perhaps in another value.
    ["?URL=*example.com*&EMAIL=b@*", ours("b")],
    ["?URL=*example.com*&EMAIL=a@*", []],
    ["?EMAIL=*&URL=*&URL=*", [...ours("a", "b"), RECORD]],
    // The same key several times: one value must match all of them.
    ["?URL=https*&URL=*org*&URL=*/b", ours("b")],
    ["?URL=*example.com*&URL=*example.org*", []],
    ["?URL=*org*&URL=https://example.org/a", ours("a")],
    ["?URL=https://example.org/a&URL=https://example.org/a", ours("a")],
    // Nothing has a meaning but the asterisk.
    ["?NOTE=100%25*", ours("c")],
    ["?NOTE=*a_b", ours("c")],
    ["?NOTE=100+of+aXb", ours("d")],
    ["?NOTE=", ours("c")],
    // Hidden values are not found.
    ["?NOTE=hidden+note", []],
    ["?NOTE=hidden*", []],
    ["?NOTE=*note", []],
    ["", []],
    ["?limit=10", []],
    ["?page=0&retrieverecords=true", []],
    ["?URL=*&enforcesql=true", [...ours("a", "b"), RECORD]],
  ])("%s", async (query, expected) => {
    const { search } = await createSearchFixture();
    expect(await search(query)).toEqual([200, expected]);
  });

  it("lists a handle with several matching values once, and the keys of the store", async () => {
    const { search, store } = await createSearchFixture();
    const values = [1, 2].map((index) => ({ index, type: "TWICE", data: "same" }));
    await seed(store, `${PREFIX}/Twice`, values);
    expect(await search("?TWICE=same")).toEqual([200, ours("twice")]);
    expect(await search("?TWICE=same&TWICE=s*")).toEqual([200, ours("twice")]);
  });

  it("answers with a JSON array that nobody keeps", async () => {
    const { get } = await createSearchFixture();
    const { headers, text } = await get("/hrls/handles?URL=*/a");
    expect(text).toBe(`["${PREFIX}/A"]`);
    expect(headers).toContainEqual(["Content-Type", "application/json;charset=utf-8"]);
    expect(headers).toContainEqual(["Cache-Control", "no-store"]);
  });

  it("gives pages of the limit, each handle on one of them", async () => {
    const { search, store } = await createSearchFixture();
    const suffixes = Array.from({ length: 25 }, (_, i) => String(100 + i));
    for (const each of suffixes) {
      await seed(store, `${PREFIX}/${each}`, [
        { index: 1, type: "N", data: "same" },
        { index: 2, type: "M", data: each },
      ]);
    }
    for (const query of ["?N=same", "?N=s*&M=1*"]) {
      expect(await search(query)).toEqual([200, ours(...suffixes)]);
      expect(await search(`${query}&limit=10`)).toEqual([200, ours(...suffixes.slice(0, 10))]);
      expect(await search(`${query}&limit=10&page=2`)).toEqual([200, ours(...suffixes.slice(20))]);
      expect(await search(`${query}&limit=10&page=3`)).toEqual([200, []]);
      expect(await search(`${query}&limit=0`)).toEqual([200, []]);
      expect(await search(`${query}&limit=100000&page=999999999`)).toEqual([200, []]);
    }
  });

  it("has 1,000 handles by default, over all chunks in which the store is asked", async () => {
    const { search, store } = await createSearchFixture();
    const suffixes = Array.from({ length: 2005 }, (_, i) => String(10_000 + i));
    for (const each of suffixes) await seed(store, `${PREFIX}/${each}`, [{ index: 1, type: "N", data: "x" }]);
    expect(await search("?N=x")).toEqual([200, ours(...suffixes.slice(0, 1000))]);
    expect(await search("?N=x&page=2")).toEqual([200, ours(...suffixes.slice(2000))]);
    expect(await search("?N=x&limit=100000")).toEqual([200, ours(...suffixes)]);
    expect(await search("?N=x&N=*&limit=2003&page=0")).toEqual([200, ours(...suffixes.slice(0, 2003))]);
  });

  it.each([
    ["?URL=*&limit=abc", 'Invalid number: "abc" (limit)'],
    ["?URL=*&limit=", 'Invalid number: "" (limit)'],
    ["?URL=*&limit=-1", 'Invalid number: "-1" (limit)'],
    ["?URL=*&limit=1.5", 'Invalid number: "1.5" (limit)'],
    ["?URL=*&limit=100001", "Invalid number: 100001 (limit); it is at most 100000"],
    ["?URL=*&limit=9999999999", 'Invalid number: "9999999999" (limit)'],
    ["?URL=*&page=one", 'Invalid number: "one" (page)'],
    ["?page=one", 'Invalid number: "one" (page)'],
    ["?HS_SECKEY=*", "Searching via HS_SECKEY entries is not allowed!"],
    ["?hs_seckey=S3CR3T-of-d", "Searching via HS_SECKEY entries is not allowed!"],
    ["?URL=*&Hs_Admin=x", "Searching via HS_ADMIN entries is not allowed!"],
    ["?HS_=x", "Searching via HS_ entries is not allowed!"],
    ["?URL=*&EMAIL=*&retrieverecords=true", "A search with retrieverecords has only one key"],
    [`?${"A=*&".repeat(101)}`, "A search has at most 100 patterns"],
    ["/%zz?URL=*", "A percent sign in the path is not followed by two hexadecimal digits"],
  ])("%s is 400, with the reason as a JSON string", async (query, message) => {
    const { search } = await createSearchFixture();
    expect(await search(query)).toEqual([400, message]);
  });

  it("counts patterns, not keys: 100 are allowed", async () => {
    const { search } = await createSearchFixture();
    expect(await search(`?${"URL=*&".repeat(99)}URL=https://example.org/a`)).toEqual([200, ours("a")]);
  });

  it("takes callback for a key, and wraps nothing in a function", async () => {
    const { search } = await createSearchFixture();
    expect(await search("?URL=*/a&callback=f")).toEqual([200, []]);
  });

  it.each(["PUT", "POST", "DELETE"])("refuses %s", async (method) => {
    const { call } = await createSearchFixture();
    for (const target of ["/hrls/handles", "/hrls/ping"]) {
      const { status, headers } = await call(method, target, { headers: asReader });
      expect(status).toBe(405);
      expect(headers).toContainEqual(["Allow", "GET, HEAD, TRACE, OPTIONS"]);
    }
  });

  it("is not what /api/handles does: GET /api/handles?URL=* is no list", async () => {
    const { get } = await createSearchFixture();
    for (const target of ["/api/handles?URL=*", "/api/handles/?URL=*"]) {
      expect((await get(target)).status).toBe(400);
    }
  });
});

describe("retrieverecords=true", () => {
  it("gives the values that everybody may read, as text", async () => {
    const { search } = await createSearchFixture();
    expect(await search("?EMAIL=b@*&retrieverecords=true")).toEqual([
      200,
      {
        [`${PREFIX}/B`]: [
          { type: "URL", value: "https://example.org/b" },
          { type: "URL", value: "https://example.com/b" },
          { type: "EMAIL", value: "b@example.org" },
          { type: "url", value: "lower" },
          { type: "HS_ADMIN", value: expect.stringContaining(`0.NA/${PREFIX}`) },
        ],
      },
    ]);
  });

  it("never gives hidden values or an HS_SECKEY, whatever its permissions are", async () => {
    const { search } = await createSearchFixture();
    expect(await search("?NOTE=*&retrieverecords=TRUE")).toEqual([
      200,
      {
        [`${PREFIX}/C`]: [
          { type: "NOTE", value: "100% of a_b" },
          { type: "NOTE", value: "" },
        ],
        [`${PREFIX}/D`]: [{ type: "NOTE", value: "100 of aXb" }],
      },
    ]);
  });

  it("takes limit, page and a repeated key, and gives an empty object if nothing matches", async () => {
    const { search } = await createSearchFixture();
    const [, records] = await search("?URL=*&URL=https*&retrieverecords=true&limit=1&page=1");
    expect(Object.keys(records as object)).toEqual(ours("b"));
    expect(await search("?URL=none&retrieverecords=true")).toEqual([200, {}]);
    expect(await search("?URL=*/a&retrieverecords=false")).toEqual([200, ours("a")]);
  });

  it("refuses more than 16 MiB of values", async () => {
    const { search, store } = await createSearchFixture();
    const data = "x".repeat(1_000_000);
    const values = [1, 2, 3].map((index) => ({ index, type: "BIG", data }));
    for (let i = 0; i < 6; i++) await seed(store, `${PREFIX}/big-${i}`, values);
    const big = "?BIG=x*&retrieverecords=true";
    const [status, message] = await search(big);
    expect([status, message]).toEqual([
      400,
      "The records have more than 16777216 bytes: set limit to fewer of them",
    ]);
    expect((await search(`${big}&limit=5`))[0]).toBe(200);
    expect((await search("?BIG=x*"))[0]).toBe(200);
  });
});

describe("how the store is asked", () => {
  /** A service whose store notes the queries that it gets. */
  async function noted() {
    const { store } = openMemory();
    const queries: ValueQuery[] = [];
    const find: HandleStore["find"] = async (query) => {
      queries.push(query);
      return (await store.find?.(query)) ?? [];
    };
    return { queries, ...(await createSearchFixture({ store: { ...store, find } })) };
  }

  it.each([
    ["?URL=*&EMAIL=a@*", { type: "EMAIL", pattern: "a@*" }],
    ["?EMAIL=a@*&URL=*example*", { type: "URL", pattern: "*example*" }],
    ["?URL=*a-very-long-text*&EMAIL=a", { type: "EMAIL", data: encodeUtf8("a") }],
    ["?URL=a&EMAIL=bc", { type: "EMAIL", data: encodeUtf8("bc") }],
    ["?URL=*&URL=https*&URL=*org*", { type: "URL", pattern: "https*" }],
    ["?URL=", { type: "URL", data: encodeUtf8("") }],
  ])("%s: with the most selective term", async (query, term) => {
    const { search, queries } = await noted();
    await search(query);
    expect(queries.map(({ prefix, after, limit, ...rest }) => rest)).toEqual([term]);
    expect(queries[0]?.prefix).toBe(PREFIX);
  });

  it("prefix by prefix, and for no more than are needed", async () => {
    const { search, queries } = await noted();
    await search("?URL=*&limit=3", asReader);
    expect(queries.map(({ prefix, limit }) => [prefix, limit])).toEqual([
      ["0.NA", 3],
      [PREFIX, 3],
    ]);
    queries.length = 0;
    expect(await search("?NONE=*", asReader)).toEqual([200, []]);
    expect(queries.map(({ prefix }) => prefix)).toEqual(["0.NA", PREFIX, ELSEWHERE]);
  });

  it("is stopped after 200,000 candidates, and says what to do", async () => {
    const { store } = openMemory();
    const big = 1_000_000;
    let asked = 0;
    const find: HandleStore["find"] = async ({ prefix, after, limit }) => {
      if (prefix !== PREFIX) return [];
      asked++;
      const from = after === undefined ? big : Number(after.slice(PREFIX.length + 1)) + 1;
      return Array.from({ length: limit }, (_, i) => `${PREFIX}/${from + i}` as HandleKey);
    };
    const { search } = await createSearchFixture({ store: { ...store, find } });
    const message = expect.stringMatching(
      /^The search looked at 200000 handles and was stopped: search for a /,
    );
    expect(await search("?URL=x&EMAIL=y")).toEqual([400, message]);
    expect(asked).toBe(201);
    expect(await search("?URL=x&page=1&limit=100000")).toMatchObject([200, { length: 100_000 }]);
    expect(await search("?URL=x&page=2&limit=100000")).toEqual([400, message]);
  });

  it("leaves out a record that was changed or removed meanwhile", async () => {
    const { store } = openMemory();
    const find: HandleStore["find"] = async ({ prefix }) =>
      prefix === PREFIX ? ["A", "GONE", "B"].map((suffix) => handleKey(`${PREFIX}/${suffix}`)) : [];
    const { search } = await createSearchFixture({ store: { ...store, find } });
    expect(await search("?EMAIL=b@*&URL=*")).toEqual([200, ours("b")]);
    expect(await search("?EMAIL=b@*&retrieverecords=true")).toMatchObject([
      200,
      { [`${PREFIX}/B`]: expect.anything() },
    ]);
  });

  it("answers 501 if the store cannot search, and 500 if it fails", async () => {
    const { store } = openMemory();
    const cannot = await createSearchFixture({ store: { ...store, find: undefined } });
    for (const target of ["/hrls/handles?URL=*", "/hrls/ping"]) {
      const { status, body } = await cannot.get(target);
      expect([status, body]).toEqual([501, "The store of this server cannot search"]);
    }
    const find = async () => {
      throw new Error("S3CR3T detail");
    };
    const failing = await createSearchFixture({ store: { ...openMemory().store, find } });
    const answer = await failing.get("/hrls/handles?URL=*");
    expect([answer.status, answer.text]).toEqual([
      500,
      '{"responseCode":2,"message":"Unexpected server error"}',
    ]);
  });
});

describe("a store that is busy", () => {
  it.each([
    [true, 503, "1"],
    [false, 400, undefined],
  ])("says so, and is asked again only if that helps: %s", async (retryable, expected, after) => {
    const find = async () => {
      throw new HandleError("server_busy", {
        message: "The index is being built.",
        hint: "Try again later.",
        responseCode: 3,
        retryable,
      });
    };
    const { get } = await createSearchFixture({ store: { ...openMemory().store, find } });
    const { status, body, headers } = await get("/hrls/handles?URL=*");
    expect([status, body]).toEqual([expected, "The index is being built. Try again later."]);
    expect(headers.find(([name]) => name === "Retry-After")?.[1]).toBe(after);
  });
});

describe("any search", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "%", "é"), maxLength: 4 });
  const types = fc.constantFrom("T", "U", "t");

  it("finds the records that have a value for each key", async () => {
    const { search, store } = await createSearchFixture();
    const data = fc.sample(fc.array(fc.tuple(types, letters), { maxLength: 5 }), 60);
    const records = data.map((values, i) => ({ handle: `${PREFIX}/r${100 + i}`, values }));
    for (const { handle, values } of records) {
      await seed(
        store,
        handle,
        values.map(([type, text], i) => ({ index: i + 1, type, data: text })),
      );
    }
    const like = (pattern: string) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "su");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(types, letters), { minLength: 1, maxLength: 4 }), async (terms) => {
        const keys = new Set(terms.map(([type]) => type));
        const fits = (values: readonly (readonly [string, string])[]) =>
          [...keys].every((key) =>
            values.some(
              ([type, text]) =>
                type === key && terms.every(([of, pattern]) => of !== key || like(pattern).test(text)),
            ),
          );
        const expected = records.filter(({ values }) => fits(values)).map(({ handle }) => foldCase(handle));
        expect(await search(`?${new URLSearchParams(terms.map(([type, text]) => [type, text]))}`)).toEqual([
          200,
          expected,
        ]);
      }),
    );
  });
});
