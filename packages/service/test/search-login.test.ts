import { secret } from "@handlekit/core";
import { createHandleService, openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import {
  asAdmin,
  asReader,
  basic,
  createSearchFixture,
  ELSEWHERE,
  NARROW,
  ours,
  READER,
} from "./search-support.ts";
import { ADMIN, admin, NOW, OTHER, PASSWORD, PREFIX, seed } from "./support.ts";

const ALL = "?URL=https://example.org/a";
const ADDRESS = { connection: { remoteAddress: "192.0.2.1" } };
const statuses = async (promises: Promise<{ status: number }>[]) =>
  (await Promise.all(promises)).map(({ status }) => status);

describe("the login of a search", () => {
  it("is that of an identity with LIST_HANDLES, for its prefixes", async () => {
    const { search, store } = await createSearchFixture();
    expect(await search(ALL, asAdmin)).toEqual([200, ours("a")]);
    const user = `300:${ELSEWHERE}/X`;
    await seed(store, `${ELSEWHERE}/X`, [
      { index: 300, type: "HS_SECKEY", data: "S3CR3T-of-x", permissions: "1100" },
    ]);
    expect(await search(ALL, basic(user, "S3CR3T-of-x"))).toEqual([200, [`${ELSEWHERE}/A`]]);
  });

  it("needs LIST_HANDLES itself, not other permissions on the prefix", async () => {
    const { search, store } = await createSearchFixture();
    const user = `300:${PREFIX}/LISTER`;
    await seed(store, `${PREFIX}/LISTER`, [
      { index: 300, type: "HS_SECKEY", data: "S3CR3T-of-lister", permissions: "1100" },
    ]);
    for (const [prefix, permissions] of [
      ["20.1", "100000000000"],
      ["20.2", "011111111111"],
    ] as const) {
      await store.home(prefix);
      await seed(store, `0.NA/${prefix}`, [admin(permissions, 300, `${PREFIX}/LISTER`)]);
      await seed(store, `${prefix}/a`, [{ index: 1, type: "URL", data: "https://example.org/a" }]);
    }
    expect(await search(ALL, basic(user, "S3CR3T-of-lister"))).toEqual([200, ["20.1/A"]]);
  });

  it("is that of an account, for all homed prefixes or those of its own", async () => {
    const { search } = await createSearchFixture();
    expect(await search(ALL, asReader)).toEqual([200, [...ours("a"), `${ELSEWHERE}/A`]]);
    expect(await search(ALL, basic(NARROW.user, NARROW.password))).toEqual([200, [`${ELSEWHERE}/A`]]);
  });

  it("finds nothing of a prefix that is no longer homed", async () => {
    const { search, store } = await createSearchFixture();
    await store.unhome(ELSEWHERE);
    expect(await search(ALL, asReader)).toEqual([200, ours("a")]);
    expect(await search(ALL, basic(NARROW.user, NARROW.password))).toEqual([403, expect.anything()]);
  });

  it("is 403 without the right on any prefix", async () => {
    const { search } = await createSearchFixture();
    expect(await search(ALL, basic(OTHER.user, OTHER.password))).toEqual([
      403,
      "The login may not list the handles of any prefix of this server",
    ]);
  });

  it.each([
    [`/${PREFIX}`, asAdmin, 200, ours("a")],
    [`/${PREFIX}`, asReader, 200, ours("a")],
    [`/${ELSEWHERE}`, asReader, 200, [`${ELSEWHERE}/A`]],
    [`/${ELSEWHERE}`, basic(NARROW.user, NARROW.password), 200, [`${ELSEWHERE}/A`]],
    [`/${PREFIX}`, basic(NARROW.user, NARROW.password), 403, undefined],
    [`/${ELSEWHERE}`, asAdmin, 403, undefined],
    ["/20.5", asReader, 403, undefined],
    ["/20.500", asReader, 403, undefined],
    [`/${ELSEWHERE}1`, asReader, 403, undefined],
    ["/0.na", asReader, 200, []],
    ["/", asAdmin, 200, ours("a")],
    [`/${PREFIX}/`, asAdmin, 404, undefined],
    [`/${PREFIX}%2Fa`, asAdmin, 404, undefined],
  ])("with the path %s", async (path, headers, status, expected) => {
    const { search } = await createSearchFixture();
    const message = "The login may not list the handles of this prefix";
    expect(await search(`${path}${ALL}`, headers)).toEqual([
      status,
      expected ?? (status === 403 ? message : expect.stringContaining("no slash")),
    ]);
  });

  it.each<[string, Record<string, string>]>([
    ["nothing", {}],
    ["a wrong password", basic(ADMIN, "S3CR3T-wrong")],
    ["a wrong password of an account", basic(READER.user, "S3CR3T-wrong")],
    ["the password of another account", basic(READER.user, NARROW.password)],
    ["an empty password", basic(READER.user, "")],
    ["16 zeros, with which unknown users are compared", basic("nobody", "\0".repeat(16))],
    ["an account that is unknown", basic("nobody", READER.password)],
    ["an account in another case", basic("Reader", READER.password)],
    ["an identity that does not exist", basic(`300:${PREFIX}/NOBODY`, PASSWORD)],
    ["a header that cannot be read", { authorization: "Basic ////" }],
    ["another scheme", { authorization: "Bearer x" }],
    ["a session", { authorization: 'Handle sessionId="x"' }],
    ["a certificate", { authorization: 'Handle clientCert="true"' }],
  ])("is 401 with %s", async (_, headers) => {
    const { get } = await createSearchFixture();
    for (const target of [
      `/hrls/handles${ALL}`,
      `/hrls/handles/${PREFIX}${ALL}`,
      "/hrls/handles",
      "/hrls/ping",
    ]) {
      const answer = await get(target, headers);
      expect([answer.status, answer.body]).toEqual([
        401,
        "A search needs a login with user and password (Basic)",
      ]);
      expect(answer.headers).toContainEqual(["WWW-Authenticate", 'Basic realm="hrls"']);
    }
  });

  it("is ignored over plain HTTP, which is 403", async () => {
    const { call } = await createSearchFixture();
    for (const headers of [asAdmin, asReader, {}]) {
      for (const target of [`/hrls/handles${ALL}`, "/hrls/ping"]) {
        const { status, text, headers: answered } = await call("GET", target, { headers, secure: false });
        expect([status, text]).toEqual([403, '"A search needs a login, which is only accepted over HTTPS"']);
        expect(answered.map(([name]) => name)).not.toContain("WWW-Authenticate");
      }
    }
  });

  it("does not make an account an identity elsewhere", async () => {
    const { call } = await createSearchFixture();
    for (const target of [`/api/handles?prefix=${PREFIX}`, `/api/handles/${PREFIX}/a`]) {
      expect((await call("GET", target, { headers: asReader })).status).toBe(401);
    }
  });

  it("shows itself to /hrls/ping, also without a right", async () => {
    const { get } = await createSearchFixture();
    for (const headers of [asAdmin, asReader, basic(OTHER.user, OTHER.password)]) {
      const answer = await get("/hrls/ping", headers);
      expect([answer.status, answer.text]).toEqual([200, "OK\n"]);
      expect(answer.headers).toContainEqual(["Content-Type", "text/plain;charset=utf-8"]);
    }
  });
});

describe("a percent-encoded password, as B2HANDLE sends it", () => {
  it.each([
    [NARROW.user, NARROW.password],
    [`300:${PREFIX}/ODD`, "S3CR3T p@ss:w/rd%20é~+"],
  ])("of %s is taken as it is, and decoded", async (user, password) => {
    const { search, store } = await createSearchFixture();
    await seed(store, `${PREFIX}/ODD`, [
      { index: 300, type: "HS_SECKEY", data: password, permissions: "1100" },
    ]);
    await store.home("20.3");
    await seed(store, "0.NA/20.3", [admin("100000000000", 300, `${PREFIX}/ODD`)]);
    const python = (text: string) => encodeURIComponent(text).replaceAll("%2F", "/");
    for (const encode of [(text: string) => text, python, encodeURIComponent]) {
      expect((await search(ALL, basic(user, password, encode)))[0]).toBe(200);
    }
    const twice = (text: string) => encodeURIComponent(encodeURIComponent(text));
    for (const wrong of [
      twice,
      (text: string) => `${text}%`,
      (text: string) => encodeURIComponent(`${text}x`),
    ]) {
      expect((await search(ALL, basic(user, password, wrong)))[0]).toBe(401);
    }
  });

  it("is one attempt: the limits are reached no sooner", async () => {
    const { call } = await createSearchFixture({ failedLogins: { perIdentity: 0, perAddress: 20 } });
    const attempt = () =>
      call("GET", "/hrls/ping", { headers: basic(READER.user, "S3CR3T%20wrong"), ...ADDRESS });
    for (let i = 0; i < 20; i++) expect((await attempt()).status).toBe(401);
    expect((await attempt()).status).toBe(429);
  });

  it("is not decoded by the API of handles", async () => {
    const { call, store } = await createSearchFixture();
    const user = `300:${PREFIX}/ODD`;
    await seed(store, `${PREFIX}/ODD`, [
      { index: 300, type: "HS_SECKEY", data: "S3CR3T p@ss", permissions: "1100" },
    ]);
    const headers = basic(user, "S3CR3T p@ss", encodeURIComponent);
    expect((await call("GET", `/api/handles/${PREFIX}/a`, { headers })).status).toBe(401);
    expect((await call("GET", "/hrls/ping", { headers })).status).toBe(200);
  });
});

describe("failed logins of searches", () => {
  it.each([
    [READER.user, READER.password],
    [ADMIN, PASSWORD],
  ])("of %s are limited by address, the right password too", async (user, password) => {
    const { call } = await createSearchFixture({ failedLogins: { perIdentity: 0, perAddress: 5 } });
    const ping = (secretText: string) =>
      call("GET", "/hrls/ping", { headers: basic(user, secretText), ...ADDRESS });
    for (let i = 0; i < 5; i++) expect((await ping("S3CR3T-wrong")).status).toBe(401);
    const answer = await ping(password);
    expect([answer.status, answer.json?.responseCode]).toEqual([429, 3]);
    expect(Number(answer.headers.find(([name]) => name === "Retry-After")?.[1])).toBeGreaterThan(0);
  });

  it("count together with those of the API", async () => {
    const { call } = await createSearchFixture({ failedLogins: { perIdentity: 0, perAddress: 6 } });
    const headers = basic(ADMIN, "S3CR3T-wrong");
    const targets = ["/hrls/ping", `/hrls/handles${ALL}`, "/api/handles/x"];
    expect(
      await statuses([...targets, ...targets].map((target) => call("GET", target, { headers, ...ADDRESS }))),
    ).toEqual(Array(6).fill(401));
    for (const target of targets) {
      expect((await call("GET", target, { headers: asAdmin, ...ADDRESS })).status).toBe(429);
    }
  });

  it("are passed to observe, without a text that may be a password", async () => {
    const { get, events } = await createSearchFixture();
    const last = async (headers: Record<string, string>) => {
      await get("/hrls/ping", headers);
      return events.at(-1);
    };
    expect(await last(basic(ADMIN, "S3CR3T-wrong"))).toMatchObject({
      route: "/hrls/ping",
      status: 401,
      responseCode: 402,
      identity: undefined,
      failedLogin: { scheme: "basic", identity: ADMIN, reason: "The password is wrong" },
    });
    expect(await last(basic("S3CR3T-as-user", ""))).toMatchObject({
      failedLogin: { scheme: "basic", identity: undefined, reason: "There is no account of this name" },
    });
    expect(await last(basic("reader", "S3CR3T-wrong"))).toMatchObject({
      failedLogin: { scheme: "basic", identity: "reader", reason: "The password is wrong" },
    });
    expect((await last({}))?.failedLogin).toBeUndefined();
    expect(await last(asAdmin)).toMatchObject({
      failedLogin: undefined,
      identity: { index: 300 },
      status: 200,
    });
    expect(await last(asReader)).toMatchObject({
      failedLogin: undefined,
      identity: undefined,
      scheme: "basic",
      account: "reader",
      status: 200,
    });
    await get("/hrls/handles/20.5?URL=*", asAdmin);
    expect(events.at(-1)).toMatchObject({
      route: "/hrls/handles/{prefix}",
      status: 403,
      responseCode: 400,
      identity: { index: 300 },
      reason: "The login may not list the handles of this prefix",
    });
  });
});

describe("a browser", () => {
  const BROWSER = { "sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin" };

  it("is not asked for a password that it would keep, unless the option says so", async () => {
    const asked = async (basicInBrowsers: boolean) => {
      const { get } = await createSearchFixture({ basicInBrowsers });
      const { status, headers } = await get(`/hrls/handles${ALL}`, BROWSER);
      return [status, headers.filter(([name]) => name === "WWW-Authenticate").length];
    };
    expect(await asked(false)).toEqual([401, 0]);
    expect(await asked(true)).toEqual([401, 1]);
  });

  it("gets no response that a page of another origin could read with the user's password", async () => {
    const { get } = await createSearchFixture();
    const headers = { ...asReader, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const { headers: answered } = await get(`/hrls/handles${ALL}`, headers);
    const names = answered.map(([name]) => name.toLowerCase());
    expect(names).not.toContain("access-control-allow-credentials");
    expect(answered).toContainEqual(["X-Content-Type-Options", "nosniff"]);
  });
});

describe("the option search", () => {
  const { store } = openMemory();
  const password = secret("S3CR3T");
  it.each<[string, unknown]>([
    ["search is", "x"],
    ["accounts is", { accounts: {} }],
    ["username is missing", { accounts: [{ password }] }],
    ["password is missing", { accounts: [{ username: "a" }] }],
    ["password is a string", { accounts: [{ username: "a", password: "S3CR3T" }] }],
    ["reveal of the password is missing", { accounts: [{ username: "a", password: {} }] }],
    ["prefixes is a string", { accounts: [{ username: "a", password, prefixes: "20.5" }] }],
    ["entry of the option prefixes", { accounts: [{ username: "a", password, prefixes: [1] }] }],
    ["has an empty password", { accounts: [{ username: "a", password: secret("") }] }],
    ["a username that is empty", { accounts: [{ username: "", password }] }],
    ["a slash", { accounts: [{ username: ADMIN, password }] }],
    ["a slash", { accounts: [{ username: "a:b", password }] }],
    ["a percent sign", { accounts: [{ username: "a%41", password }] }],
    [
      "has the username of another one",
      {
        accounts: [
          { username: "a", password },
          { username: "a", password },
        ],
      },
    ],
  ])("%s: invalid_options", (part, search) => {
    expect(() => createHandleService({ store, now: () => NOW, search: search as object })).toThrow(
      expect.objectContaining({ code: "invalid_options", message: expect.stringContaining(part) }),
    );
  });
});
