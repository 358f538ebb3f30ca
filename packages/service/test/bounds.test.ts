import { availableParallelism } from "node:os";
import { encodeBase64, encodeUtf8, encodeValues, handleKey } from "@handlekit/core";
import type { ServiceResponse } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { createRateLimit } from "../src/identify/limits.ts";
import { expiryOf } from "../src/resolver/follow-aliases.ts";
import { ADMIN, createFixture, headerOf, PREFIX, path, seed } from "./support.ts";

const CNONCE = encodeBase64(encodeUtf8("cnonce of a client"));
const fields = (iterations: number, length: number) => ({
  nonce: CNONCE,
  cnonce: CNONCE,
  signature: "AAAA",
  alg: "PBKDF2-HMAC-SHA1",
  salt: "AAAA",
  iterations: String(iterations),
  length: String(length),
});

/** Asks for a verification, from an address. */
function verify(
  { service }: Awaited<ReturnType<typeof createFixture>>,
  remoteAddress?: string,
  given: Record<string, string> = fields(100_000, 160),
): Promise<ServiceResponse> {
  return service.respond({
    method: "GET",
    target: `/api/verifications/${ADMIN}?${new URLSearchParams(given)}`,
    headers: {},
    body: new Uint8Array(),
    connection: { secure: true, remoteAddress },
  });
}

/** One processor is left to the other requests. */
const AT_ONCE = availableParallelism() > 2 ? 2 : 1;

describe("deriving keys", () => {
  it.each([
    [100_001, 160],
    [50_001, 161],
    [200_000, 4096],
    [1, 100_000_000],
    [1e308, 1e308],
  ])("is refused for %d iterations and %d bits", async (iterations, length) => {
    const fixture = await createFixture();
    expect((await verify(fixture, undefined, fields(iterations, length))).status).toBe(400);
  });

  it("is done for few verifications at a time, and the others may try again", async () => {
    const fixture = await createFixture();
    const answers = await Promise.all(Array.from({ length: 6 }, () => verify(fixture)));
    const expected = Array.from(answers, (_, i) => (i < AT_ONCE ? 200 : 503));
    expect(answers.map(({ status }) => status).sort()).toEqual(expected);
    const busy = answers.find(({ status }) => status === 503);
    expect(busy && headerOf(busy, "Retry-After")).toBe("1");
    expect((await verify(fixture)).status).toBe(200);
  });

  it("waits in logins, for a few of each address, whatever verifications do", async () => {
    const fixture = await createFixture();
    const { sessionId } = (await fixture.call("POST", "/api/sessions")).json as { sessionId: string };
    const login = (remoteAddress: string) =>
      fixture.service.respond({
        method: "PUT",
        target: "/api/sessions/this",
        headers: { "content-type": "application/json" },
        body: encodeUtf8(
          JSON.stringify({ sessionId, id: ADMIN, type: "HS_SECKEY", ...fields(100_000, 160) }),
        ),
        connection: { secure: true, remoteAddress },
      });
    const verifications = Array.from({ length: 4 }, () => verify(fixture, "192.0.2.9"));
    const logins = Array.from({ length: 20 }, () => login("192.0.2.1"));
    const other = login("192.0.2.2");
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(AT_ONCE + 4);
    expect(statuses.filter((status) => status === 503)).toHaveLength(16 - AT_ONCE);
    expect((await other).status).toBe(401);
    await Promise.all(verifications);
    const header = {
      authorization: `Handle sessionId="${sessionId}", ${Object.entries({
        id: ADMIN,
        type: "HS_SECKEY",
        ...fields(100_000, 160),
      })
        .map(([name, value]) => `${name}="${value}"`)
        .join(", ")}`,
    };
    const many = await Promise.all(
      Array.from({ length: 8 }, () => fixture.call("DELETE", path("Record"), { headers: header })),
    );
    expect(many.filter(({ status }) => status === 503)).toHaveLength(4 - AT_ONCE);
  });

  it("tries the first sixteen keys of a handle", async () => {
    const { store, call } = await createFixture();
    const keys = Array.from({ length: 40 }, (_, i) => ({
      index: 300 + i,
      type: "HS_SECKEY",
      data: `S3CR3T-${i}`,
      permissions: "1100",
    }));
    await seed(store, `${PREFIX}/MANY`, keys);
    const user = `0:${PREFIX}/MANY`;
    const status = async (password: string) =>
      (await call("GET", path("Record?index=1"), { user, password })).status;
    expect([await status("S3CR3T-15"), await status("S3CR3T-16")]).toEqual([200, 401]);
  });
});

describe("verifications", () => {
  it("are limited per address, and per /64 network", async () => {
    let now = 1_000_000;
    const fixture = await createFixture({ verificationsPerMinute: 3, now: () => now });
    const cheap = { ...fields(1, 160) };
    const status = async (address?: string) => (await verify(fixture, address, cheap)).status;
    for (let i = 0; i < 3; i++) expect(await status("192.0.2.1")).toBe(200);
    expect(await status("192.0.2.1")).toBe(429);
    expect(await status("192.0.2.2")).toBe(200);
    for (let i = 0; i < 3; i++) expect(await status(`2001:db8::${i}`)).toBe(200);
    expect(await status("2001:db8::ffff")).toBe(429);
    for (let i = 0; i < 9; i++) expect(await status()).toBe(200);
    now += 20_000;
    expect([await status("192.0.2.1"), await status("192.0.2.1")]).toEqual([200, 429]);
    const refused = await verify(fixture, "192.0.2.1", cheap);
    expect(headerOf(refused, "Retry-After")).toBe("1");
  });

  it("are not limited by 0, as failed logins are not", async () => {
    const fixture = await createFixture({ verificationsPerMinute: 0 });
    for (let i = 0; i < 9; i++) expect((await verify(fixture, "192.0.2.1", fields(1, 160))).status).toBe(200);
  });

  it.each([-1, 0.5, Number.NaN])("cannot be limited to %s", async (verificationsPerMinute) => {
    await expect(createFixture({ verificationsPerMinute })).rejects.toMatchObject({
      code: "invalid_options",
    });
  });

  it("forget the addresses that asked longest ago", () => {
    const isAllowed = createRateLimit(1, () => 0);
    expect([isAllowed("192.0.2.1"), isAllowed("192.0.2.1")]).toEqual([true, false]);
    for (let i = 0; i < 10_000; i++) isAllowed(`10.0.${i >> 8}.${i & 255}`);
    expect(isAllowed("192.0.2.1")).toBe(true);
  });
});

describe("a selection", () => {
  it("may have ten thousand parameters, and no more", async () => {
    const { call } = await createFixture();
    const indexes = (count: number) => ({ body: { index: Array.from({ length: count }, (_, i) => i + 3) } });
    expect((await call("POST", path("Record"), indexes(9000))).json?.values).toHaveLength(3 - 1);
    const answer = await call("POST", path("Record"), indexes(120_000));
    expect([answer.status, answer.json]).toEqual([
      400,
      expect.objectContaining({
        responseCode: 4,
        message: "The request has more than 10000 parameters; send several requests",
      }),
    ]);
  });

  it("may have a hundred types with their subtypes", async () => {
    const { call } = await createFixture();
    const types = (count: number) => ({ body: { type: Array.from({ length: count }, (_, i) => `T${i}.`) } });
    expect((await call("POST", path("Record"), types(100))).status).toBe(200);
    expect((await call("POST", path("Record"), types(101))).json).toMatchObject({ responseCode: 4 });
    const kept = { body: { type: [...Array.from({ length: 5000 }, (_, i) => `T${i}`), "url."] } };
    expect((await call("POST", path("Record"), kept)).json?.values).toHaveLength(2);
  });
});

describe("a record", () => {
  const user = ADMIN;
  const values = (from: number, count: number, data = "x") =>
    Array.from({ length: count }, (_, i) => ({ index: from + i, type: "T", data }));

  it("may have ten thousand values", async () => {
    const { call } = await createFixture();
    const put = (from: number, count: number) =>
      call("PUT", `${path("Record")}?index=various`, { user, body: values(from, count) });
    expect((await put(1000, 9990)).status).toBe(201);
    const answer = await put(50_000, 10);
    expect([answer.status, answer.json]).toEqual([
      400,
      expect.objectContaining({ responseCode: 202, message: "A record may have 10000 values" }),
    ]);
    expect((await call("PUT", path("New"), { user, body: values(1, 10_001) })).status).toBe(400);
  });

  it("may have four megabytes, and a larger one may become smaller", async () => {
    const { call, store } = await createFixture();
    const put = (handle: string, index: number, data: string) =>
      call("PUT", `${path(handle)}?index=${index}`, { user, body: [{ index, type: "T", data }] });
    const megabyte = "x".repeat(1_000_000);
    for (const index of [201, 202, 203, 204]) {
      expect((await put("Record", index, megabyte)).status).toBe(201);
    }
    const answer = await put("Record", 205, megabyte);
    expect([answer.status, answer.json]).toEqual([
      400,
      expect.objectContaining({
        responseCode: 202,
        message: "The values of a record may have 4194304 bytes",
      }),
    ]);
    const admin = {
      index: 100,
      type: "HS_ADMIN",
      data: { format: "admin", value: { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" } },
    } as const;
    await store.commit(
      handleKey(`${PREFIX}/HUGE`),
      "absent",
      encodeValues([...values(201, 6, megabyte), admin]),
    );
    expect((await put("HUGE", 201, "small")).status).toBe(200);
    expect((await put("HUGE", 300, "small")).status).toBe(400);
    expect((await call("DELETE", `${path("HUGE")}?index=202`, { user })).status).toBe(200);
  });
});

describe("a page", () => {
  it("shows the first thousand values, with a link to all of them", async () => {
    const { call, store } = await createFixture();
    const values = Array.from({ length: 5000 }, (_, i) => ({ index: i + 1, type: "T", data: "x" }));
    await seed(store, `${PREFIX}/long`, values);
    const { text } = await call("GET", `/${PREFIX}/long?noredirect`);
    expect(text.match(/<tr role="row" id="/g)).toHaveLength(1000);
    expect(text).toContain("These are the first 1,000 of 5,000 values.");
    expect(text).toContain(`<a href="/api/handles/${PREFIX}/long?pretty">All values as JSON</a>`);
    expect((await call("GET", path("long"))).json?.values).toHaveLength(5000);
  });

  it.each<[string, object]>([
    [
      "long texts",
      Array.from({ length: 50 }, (_, i) => ({ index: i + 1, type: "T", data: "<".repeat(60_000) })),
    ],
    ["one long text", [{ index: 1, type: "T", data: "\u202e".repeat(300_000) }]],
    [
      "a long list",
      [
        {
          index: 1,
          type: "HS_VLIST",
          data: {
            format: "vlist",
            value: Array.from({ length: 30_000 }, (_, i) => ({ index: 300, handle: `${PREFIX}/${i}` })),
          },
        },
      ],
    ],
  ])("stays small with %s", async (_what, values) => {
    const { call, store } = await createFixture();
    await seed(store, `${PREFIX}/long`, values as never);
    const { text, status } = await call("GET", `/${PREFIX}/long?noredirect`);
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(1_000_000);
  });
});

describe("the resolver", () => {
  it("reads a handle with a million blanks in it", async () => {
    const { call } = await createFixture();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const raw = `hdl=a${"+".repeat(1_000_000)}b`;
    expect((await call("POST", "/", { raw, headers })).status).toBe(404);
  });

  it("reads 200 kB of locations for a request, also from records that a record includes", async () => {
    const { call, store } = await createFixture();
    const filler = `<!--${"x".repeat(60_000)}-->`;
    const located = (i: number) =>
      seed(store, `${PREFIX}/part-${i}`, [
        {
          index: 1,
          type: "10320/loc",
          data: `<locations>${filler}<location href="https://${i}.example/"/></locations>`,
        },
      ]);
    for (let i = 0; i < 10; i++) await located(i);
    const includes = Array.from({ length: 10 }, (_, i) => `<include>${PREFIX}/part-${i}</include>`).join("");
    await seed(store, `${PREFIX}/all`, [
      { index: 1, type: "10320/loc", data: `<locations>${includes}</locations>` },
    ]);
    const { text } = await call("GET", `/${PREFIX}/all?action=showurls`);
    expect(text.match(/<location /g)).toHaveLength(3);
  });

  it("says until when two hundred thousand values may be kept", () => {
    const value = { ttlType: "relative", ttl: 60 } as const;
    expect(expiryOf(Array(200_000).fill(value), 1000)).toBe(61_000);
  });
});
