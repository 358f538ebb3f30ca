import { createHash } from "node:crypto";
import { encodeBasic, formatHandleAuthorization, signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, encodeBase64, encodeUtf8, parseReference } from "@handlekit/core";
import { createHandleService, type HandleServiceOptions, openMemory } from "@handlekit/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptsAmbientLogin, isFromForeignPage } from "../src/http/foreign-page.ts";
import { ADMIN, createFixture, headerOf, PASSWORD, path } from "./support.ts";

const HOST = "hdl.example.org";
const OWN = `https://${HOST}`;
const FOREIGN = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
const ADMINS = { serverAdmins: [parseReference(ADMIN)] };
const basic = { authorization: encodeBasic(parseReference(ADMIN), encodeUtf8(PASSWORD)) };

const isForeign = (headers: Readonly<Record<string, string>>, publicOrigin?: string, secure = true) =>
  isFromForeignPage({ headers: { host: HOST, ...headers }, connection: { secure } }, publicOrigin);

describe("a request is from a foreign page", () => {
  it.each<[string, Record<string, string>, boolean, string?]>([
    ["no browser", {}, false],
    ["another site", { "sec-fetch-site": "cross-site" }, true],
    ["another host of the site", { "sec-fetch-site": "same-site" }, true],
    ["the same origin", { "sec-fetch-site": "same-origin", origin: "https://evil.example" }, false],
    ["the user", { "sec-fetch-site": "none" }, false],
    ["a word that nobody knows", { "sec-fetch-site": "same-origin, cross-site" }, true],
    ["its own Origin", { origin: OWN }, false],
    ["another Origin", { origin: "https://evil.example" }, true],
    ["another scheme", { origin: `http://${HOST}` }, true],
    ["another port", { origin: `${OWN}:8443` }, true],
    ["an opaque Origin", { origin: "null" }, true],
    ["its own Origin, with the default port in Host", { origin: OWN, host: `${HOST}:443` }, false],
    ["a Host that is no host", { origin: OWN, host: "a b" }, true],
    ["the public URL", { origin: "https://hdl.net", host: "127.0.0.1:8000" }, false, "https://hdl.net"],
    ["the host behind the proxy", { origin: OWN }, true, "https://hdl.net"],
  ])("of %s", (_what, headers, expected, publicOrigin) => {
    expect(isForeign(headers, publicOrigin)).toBe(expected);
  });

  it("of plain HTTP by the scheme http", () => {
    expect([isForeign({ origin: OWN }, undefined, false), isForeign({ origin: `http://${HOST}` })]).toEqual([
      true,
      true,
    ]);
  });

  it("or not, for any headers", () => {
    const header = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(header, header, (origin, host) => {
        expect(typeof isForeign({ origin, host })).toBe("boolean");
      }),
    );
  });

  it("gives a POST no ambient login, unless its body needs a preflight", () => {
    const types = ["", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/ping"];
    const accepts = (method: string, type: string, foreign: boolean, size = 1) =>
      acceptsAmbientLogin({ method, body: new Uint8Array(size) }, type, foreign);
    expect(types.map((type) => accepts("POST", type, true))).toEqual(types.map(() => false));
    expect(types.map((type) => accepts("POST", type, false))).toEqual(types.map(() => true));
    expect(accepts("POST", "application/json", true)).toBe(true);
    expect(accepts("POST", "application/json", true, 0)).toBe(false);
    expect(["GET", "HEAD", "PUT", "DELETE"].map((method) => accepts(method, "text/plain", true))).toEqual(
      Array(4).fill(true),
    );
  });
});

describe("a remembered password", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const kinds: readonly [string, Record<string, string>, string][] = [
    ["no body", {}, ""],
    ["a form", form, "prefix=20.500.666"],
    ["multipart", { "content-type": "multipart/form-data; boundary=x" }, "--x--"],
    ["text", { "content-type": "text/plain;charset=utf-8" }, "x"],
    ["a body without a type", { "content-type": "" }, "x"],
    ["a ping", { "content-type": "text/ping" }, "PING"],
  ];
  const pages: readonly Record<string, string>[] = [
    FOREIGN,
    { "sec-fetch-site": "same-site", origin: `${OWN}:8443` },
    { origin: "https://evil.example" },
  ];

  it.each(kinds)("homes no prefix in a POST with %s from a foreign page", async (_what, headers, raw) => {
    const { call, store } = await createFixture(ADMINS);
    const target = "/api/prefixes?prefix=20.500.666";
    for (const page of pages) {
      const { status } = await call("POST", target, { raw, headers: { ...basic, ...headers, ...page } });
      expect(status).toBe(401);
    }
    expect(await store.prefixes()).not.toContain("20.500.666");
    const own = { ...basic, ...headers, origin: OWN, host: HOST };
    expect((await call("POST", target, { raw, headers: own })).status).toBe(200);
  });

  it("counts in GET, PUT, DELETE and JSON, which CNRI's browser admin sends from another origin", async () => {
    const { call } = await createFixture(ADMINS);
    const headers = { ...basic, ...FOREIGN, "sec-fetch-mode": "cors" };
    expect((await call("GET", path("Record?index=20"), { headers })).status).toBe(200);
    expect((await call("PUT", path("new"), { headers, body: [] })).status).toBe(201);
    expect((await call("DELETE", path("Record?index=2"), { headers })).status).toBe(200);
    const body = { prefix: "20.500.777" };
    expect((await call("POST", "/api/prefixes", { headers, body })).status).toBe(200);
    const opened = await call("POST", "/api/sessions", { headers, body: { version: "0" } });
    expect(opened.json).toMatchObject({ authenticated: true, id: ADMIN });
  });

  it("is not refused if it is wrong: the request is anonymous", async () => {
    const { call } = await createFixture();
    const wrong = { authorization: encodeBasic(parseReference(ADMIN), encodeUtf8("S3CR3T-no")) };
    const { status, json } = await call("POST", path("Record"), { headers: { ...wrong, ...FOREIGN } });
    expect([status, json?.responseCode]).toEqual([200, 1]);
  });

  it.each(["form", "query", "json"])(
    "authenticates no session that a foreign page names in %s",
    async (how) => {
      const { call } = await createFixture();
      const { json } = await call("POST", "/api/sessions");
      const sessionId = json?.sessionId as string;
      const field = `sessionId=${encodeURIComponent(sessionId)}`;
      const headers = { ...basic, ...FOREIGN };
      const at = "/api/sessions/this";
      if (how === "form") await call("POST", at, { raw: field, headers: { ...headers, ...form } });
      if (how === "query") await call("GET", `${at}?${field}`, { headers });
      if (how === "json") await call("PUT", at, { body: { sessionId }, headers });
      const use = { headers: { authorization: `Handle sessionId="${sessionId}"` } };
      expect((await call("GET", at, use)).json?.authenticated).toBe(undefined);
      expect((await call("PUT", path("new"), { body: [], ...use })).status).toBe(401);
      const honest = await call("PUT", at, {
        body: { sessionId },
        headers: { ...basic, origin: OWN, host: HOST },
      });
      expect(honest.json).toMatchObject({ authenticated: true, id: ADMIN });
    },
  );

  it("authenticates no session in a GET, which old browsers send without Origin", async () => {
    const { call } = await createFixture();
    const { json } = await call("POST", "/api/sessions");
    const target = `/api/sessions/this?sessionId=${json?.sessionId}`;
    expect((await call("GET", target, { headers: basic })).json?.authenticated).toBe(undefined);
    expect((await call("GET", target)).json?.authenticated).toBe(undefined);
  });

  it("gives nothing away as JSONP", async () => {
    const { call } = await createFixture();
    for (const headers of [basic, { ...basic, ...FOREIGN, "sec-fetch-mode": "no-cors" }]) {
      const { status, text } = await call("GET", path("Record?callback=f"), { headers });
      expect([status, text.startsWith("f({"), text.includes("hidden")]).toEqual([200, true, false]);
      expect((await call("PUT", path("new?callback=f"), { body: [], headers })).status).toBe(401);
    }
  });
});

describe("an answer to a challenge", () => {
  it("counts from a foreign page, as client sends it in a browser", async () => {
    const { call } = await createFixture();
    const headers = { ...FOREIGN, "sec-fetch-mode": "cors" };
    const { json } = await call("POST", "/api/sessions", { headers });
    const cnonce = encodeBase64(encodeUtf8("a client's nonce"));
    const message = signedBytes(
      decodeBase64(json?.nonce as string) ?? new Uint8Array(),
      encodeUtf8("a client's nonce"),
    );
    const signature = createHash("sha256").update(PASSWORD).update(message).update(PASSWORD).digest("base64");
    const fields = { id: ADMIN, type: "HS_SECKEY", alg: "SHA256", cnonce, signature };
    const sessionId = json?.sessionId as string;
    const answered = await call("PUT", "/api/sessions/this", { body: { sessionId, ...fields }, headers });
    expect(answered.json?.authenticated).toBe(true);
    const use = { ...headers, authorization: formatHandleAuthorization({ sessionId }) };
    expect((await call("PUT", path("new"), { body: [], headers: use })).status).toBe(201);
  });
});

describe("the challenge", () => {
  const challenges = async (options: Partial<HandleServiceOptions>, headers: Record<string, string>) => {
    const { call } = await createFixture(options);
    const answered = await call("PUT", path("new"), { body: [], headers });
    return answered.headers
      .filter(([name]) => name === "WWW-Authenticate")
      .map(([, value]) => value.slice(0, 6));
  };

  it("has no Basic for a browser, unless the option asks for it", async () => {
    const browser = { "sec-fetch-mode": "navigate" };
    expect(await challenges({}, browser)).toEqual(["Handle"]);
    expect(await challenges({}, { ...browser, ...basic, authorization: "Basic eDp5" })).toEqual(["Handle"]);
    expect(await challenges({ basicInBrowsers: true }, browser)).toEqual(["Basic ", "Handle"]);
    expect(await challenges({}, {})).toEqual(["Basic ", "Handle"]);
  });
});

describe("the headers of a response", () => {
  it("forbid to store what was read with a login, and to guess types", async () => {
    const { call } = await createFixture();
    const [anonymous, known] = [
      await call("GET", path("Record")),
      await call("GET", path("Record"), { user: ADMIN }),
    ];
    expect([headerOf(anonymous, "Cache-Control"), headerOf(known, "Cache-Control")]).toEqual([
      undefined,
      "no-store",
    ]);
    expect(headerOf(await call("POST", "/api/sessions"), "Cache-Control")).toBe("no-store");
    for (const target of [
      "/",
      "/none",
      "/20.500.12345/Record",
      "/api/site",
      "/api/none",
      "/a".repeat(5000),
    ]) {
      const { headers } = await call("GET", target);
      expect(headers.filter(([name]) => name === "X-Content-Type-Options")).toEqual([
        ["X-Content-Type-Options", "nosniff"],
      ]);
    }
  });

  it("ask for https if the option says so, but not over plain HTTP", async () => {
    const { call } = await createFixture({ hstsMaxAge: 86_400 });
    const name = "Strict-Transport-Security";
    expect(headerOf(await call("GET", path("Record")), name)).toBe("max-age=86400");
    expect(headerOf(await call("GET", path("Record"), { secure: false }), name)).toBe(undefined);
    const without = await createFixture();
    expect(headerOf(await without.call("GET", path("Record")), name)).toBe(undefined);
  });

  it.each([
    { hstsMaxAge: -1 },
    { hstsMaxAge: 1.5 },
    { maxSessionSeconds: 0 },
    { maxSessionSeconds: Number.NaN },
  ])("are not made of %j", (options) => {
    expect(() => createHandleService({ ...openMemory(), ...options })).toThrow(Object.keys(options)[0]);
  });
});
