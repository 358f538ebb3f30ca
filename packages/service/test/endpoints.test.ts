import { createHmac } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { encodeBasic, signedBytes } from "@handlekit/auth/wire";
import { encodeBase64, encodeUtf8, HandleError, parseReference, type Site } from "@handlekit/core";
import { createHandleService, openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, headerOf, OTHER, PASSWORD, PREFIX, path, seed } from "./support.ts";

describe("lists of handles", () => {
  const list = (query: string, how: object = { user: ADMIN }) =>
    createFixture().then(({ call }) => call("GET", `/api/handles?prefix=${query}`, how));

  it("lists the keys of all handles of a prefix, with their number as text", async () => {
    const { json, status } = await list(PREFIX);
    expect([status, json]).toEqual([
      200,
      {
        responseCode: 1,
        prefix: PREFIX,
        totalCount: "3",
        handles: [`${PREFIX}/ADMIN`, `${PREFIX}/OTHER`, `${PREFIX}/RECORD`],
      },
    ]);
    expect((await list(`0.na/${PREFIX}`)).json?.totalCount).toBe("3");
  });

  it("lists a page with the total, and everything if one of the parameters is missing", async () => {
    expect((await list(`${PREFIX}&page=1&pageSize=2`)).json).toEqual({
      responseCode: 1,
      prefix: PREFIX,
      totalCount: "3",
      page: 1,
      pageSize: 2,
      handles: [`${PREFIX}/RECORD`],
    });
    expect((await list(`${PREFIX}&page=0&pageSize=0`)).json).toMatchObject({ totalCount: "3", handles: [] });
    expect((await list(`${PREFIX}&page=1`)).json?.handles).toHaveLength(3);
  });

  it("counts beyond one chunk of the store", async () => {
    const { call, store } = await createFixture();
    for (let i = 0; i < 2100; i++) await seed(store, `${PREFIX}/X${String(i).padStart(5, "0")}`, []);
    const { json } = await call("GET", `/api/handles?prefix=${PREFIX}&page=21&pageSize=100`, { user: ADMIN });
    expect([json?.totalCount, ((json?.handles ?? []) as string[]).length]).toEqual(["2103", 3]);
    expect(((json?.handles ?? []) as string[])[0]).toBe(`${PREFIX}/X02097`);
  });

  it.each<[string, string, object, number, number]>([
    ["nobody", PREFIX, {}, 401, 402],
    ["nobody over HTTP", PREFIX, { secure: false }, 403, 402],
    ["somebody without the right", PREFIX, OTHER, 403, 400],
    ["another prefix", "9999", { user: ADMIN }, 400, 301],
    ["a page that is no number", `${PREFIX}&page=x&pageSize=1`, { user: ADMIN }, 400, 4],
  ])("refuses %s", async (_what, query, how, status, responseCode) => {
    const answer = await list(query, how);
    expect([answer.status, answer.json?.responseCode]).toEqual([status, responseCode]);
  });
});

describe("homed prefixes", () => {
  const asAdmin = { user: ADMIN };
  const fixture = () =>
    createFixture({ serverAdmins: [{ index: 300, handle: `${PREFIX}/ADMIN` }], serverAdminFullAccess: true });

  it("are listed, homed and unhomed by server administrators, with immediate effect", async () => {
    const { call } = await fixture();
    const inNew = () => call("PUT", "/api/handles/NEW/x", { ...asAdmin, body: [] });
    expect((await inNew()).json?.responseCode).toBe(301);
    expect((await call("POST", "/api/prefixes/0.NA/New", asAdmin)).json).toEqual({
      responseCode: 1,
      handle: "0.NA/New",
    });
    expect((await inNew()).status).toBe(201);
    expect((await call("GET", "/api/prefixes", asAdmin)).json).toEqual({
      responseCode: 1,
      totalCount: "3",
      prefixes: ["0.NA/0.NA", `0.NA/${PREFIX}`, "0.NA/NEW"],
    });
    expect((await call("GET", "/api/prefixes?page=1&pageSize=2", asAdmin)).json?.prefixes).toEqual([
      "0.NA/NEW",
    ]);
    expect((await call("DELETE", "/api/prefixes/NEW", asAdmin)).status).toBe(200);
    expect((await inNew()).json?.responseCode).toBe(301);
    expect((await call("POST", "/api/prefixes", { ...asAdmin, body: { prefix: "0.NA/BODY" } })).status).toBe(
      200,
    );
  });

  it("are refused to others", async () => {
    const { call } = await fixture();
    expect((await call("GET", "/api/prefixes")).status).toBe(401);
    expect((await call("GET", "/api/prefixes", OTHER)).status).toBe(403);
    expect((await call("POST", "/api/prefixes/0.NA/X", OTHER)).status).toBe(403);
    expect((await call("POST", "/api/prefixes/A/B", OTHER)).json?.responseCode).toBe(102);
    expect((await call("POST", "/api/prefixes", asAdmin)).json?.responseCode).toBe(4);
    expect((await call("GET", "/api/prefixes/0.NA/X", asAdmin)).status).toBe(405);
  });
});

describe("minting", () => {
  it("creates a new suffix after the given beginning, and never overwrites a handle", async () => {
    const { call } = await createFixture();
    const mint = () => call("PUT", `${path("abc-")}?mintNewSuffix=true`, { user: ADMIN, body: [admin()] });
    const [one, two] = [await mint(), await mint()];
    expect(one.status).toBe(201);
    expect(one.json?.handle).toMatch(new RegExp(`^${PREFIX}/abc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`));
    expect(one.json?.handle).not.toBe(two.json?.handle);
    expect((await call("GET", `/api/handles/${one.json?.handle}`)).status).toBe(200);
  });
});

describe("ETag and If-Match", () => {
  it("allow a change only if the record is still the one that was read", async () => {
    const { call } = await createFixture();
    const tag = headerOf(await call("GET", path("Record")), "ETag") ?? "";
    const put = (data: string, ifMatch: string) =>
      call("PUT", path("Record?index=1"), {
        user: ADMIN,
        body: [{ index: 1, type: "URL", data }],
        headers: { "if-match": ifMatch },
      });
    expect((await put("first", tag)).status).toBe(200);
    const late = await put("second", tag);
    expect([late.status, late.json?.handle]).toEqual([412, `${PREFIX}/Record`]);
    expect((await put("third", "*")).status).toBe(200);
    const remove = (ifMatch: string) =>
      call("DELETE", path("Record"), { user: ADMIN, headers: { "if-match": ifMatch } });
    expect((await remove(tag)).status).toBe(412);
    expect((await remove(`"x", ${headerOf(await call("GET", path("Record")), "ETag")}`)).status).toBe(200);
    expect((await put("fourth", "*")).status).toBe(404);
  });

  it("allow one of many writers with the same tag", async () => {
    const { call } = await createFixture();
    const tag = headerOf(await call("GET", path("Record")), "ETag") ?? "";
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        call("PUT", path("Record?index=1"), {
          user: ADMIN,
          body: [{ index: 1, type: "URL", data: String(i) }],
          headers: { "if-match": tag },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 19 }, () => 412),
    ]);
  });
});

describe("POST to a handle", () => {
  it("is a GET with its parameters in the body, a form or a JSON object", async () => {
    const { call } = await createFixture();
    const indexes = (json: Record<string, unknown> | undefined) =>
      ((json?.values ?? []) as { index: number }[]).map((v) => v.index);
    const form = { raw: "index=2&index=1", headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect(indexes((await call("POST", path("Record"), form)).json)).toEqual([1, 2]);
    expect(indexes((await call("POST", path("Record"), { body: { index: [2, "3"] } })).json)).toEqual([2, 3]);
    expect((await call("POST", path("Record"), { body: [1] })).status).toBe(400);
    expect(
      (await call("POST", "/api/handles", { user: ADMIN, body: { prefix: PREFIX } })).json?.totalCount,
    ).toBe("3");
  });
});

describe("for browsers", () => {
  it("allows every origin to read, and responds to a preflight", async () => {
    const { call } = await createFixture();
    const origin = { origin: "https://ui.example" };
    const read = await call("GET", path("Record"), { headers: origin });
    expect(headerOf(read, "Access-Control-Allow-Origin")).toBe("https://ui.example");
    expect(read.headers.some(([name]) => /credentials/i.test(name))).toBe(false);
    const preflight = (method: string) =>
      call("OPTIONS", path("Record"), { headers: { ...origin, "access-control-request-method": method } });
    expect(headerOf(await preflight("PUT"), "Access-Control-Allow-Methods")).toContain("PUT");
    expect((await preflight("PATCH")).headers).toEqual([["X-Content-Type-Options", "nosniff"]]);
    const refused = await call("DELETE", path("Record"), { headers: origin });
    expect(headerOf(refused, "Access-Control-Expose-Headers")).toBe("WWW-Authenticate,Content-Length");
  });

  it.each([
    ["my.fn[0]", "my_fn_0_("],
    ["9x", "_x("],
    ["alert(1);//", "alert_1____("],
    ["</script>", "__script_("],
    ["ünï", "ünï("],
  ])("scrubs the callback %s", async (callback, begins) => {
    const { call } = await createFixture();
    for (const suffix of ["Record", "none"]) {
      const answer = await call("GET", `${path(suffix)}?callback=${encodeURIComponent(callback)}`);
      expect(answer.text.startsWith(`${begins}{"responseCode":`)).toBe(true);
      expect(headerOf(answer, "Content-Type")).toBe("application/javascript;charset=utf-8");
    }
  });

  it("compresses larger responses if the client accepts it", async () => {
    const { service, store } = await createFixture();
    const data = "https://example.org/".repeat(200);
    await seed(store, `${PREFIX}/LONG`, [{ index: 1, type: "URL", data }]);
    const get = (encoding: string) =>
      service.respond({
        method: "GET",
        target: path("LONG"),
        headers: { "accept-encoding": encoding },
        body: new Uint8Array(),
        connection: { secure: true },
      });
    const packed = await get("br, gzip;q=0.5");
    expect(headerOf(packed, "Content-Encoding")).toBe("gzip");
    expect(gunzipSync(packed.body).toString()).toContain(data);
    for (const encoding of ["identity", "gzip;q=0", "br"]) {
      expect(headerOf(await get(encoding), "Content-Encoding")).toBe(undefined);
    }
  });

  it("responds to TRACE without secret headers", async () => {
    const { call } = await createFixture();
    const answer = await call("TRACE", path("Record"), { user: ADMIN, headers: { "x-mine": "1" } });
    expect([answer.status, answer.text]).toEqual([
      200,
      `TRACE ${path("Record")} HTTP/1.1\r\nX-Mine: 1\r\n\r\n`,
    ]);
  });
});

describe("the other endpoints", () => {
  it("shows the site with the server's interfaces", async () => {
    const site: Site = {
      version: 1,
      protocolVersion: "2.11",
      serialNumber: 1,
      primarySite: true,
      multiPrimary: false,
      attributes: [],
      servers: [
        {
          serverId: 1,
          address: "127.0.0.1",
          interfaces: [{ query: true, admin: true, protocol: "HTTPS", port: 8000 }],
        },
      ],
    };
    const { call } = await createFixture({ site: () => site });
    expect((await call("GET", "/api/site")).json).toEqual({ responseCode: 1, site });
    expect((await call("PUT", "/api/site", { body: {} })).json).toEqual({
      responseCode: 4,
      message: "Unknown HTTP API endpoint PUT /api/site",
    });
  });

  it("verifies a MAC for other servers, also over HTTP", async () => {
    const { call } = await createFixture();
    const [nonce, cnonce] = [encodeUtf8("nonce"), encodeUtf8("cnonce")];
    const mac = createHmac("sha256", PASSWORD).update(signedBytes(nonce, cnonce)).digest("base64");
    const query = (signature: string) =>
      new URLSearchParams({
        nonce: encodeBase64(nonce),
        cnonce: encodeBase64(cnonce),
        alg: "HMAC-SHA256",
        signature,
      });
    const ask = (name: string, signature: string) =>
      call("GET", `/api/verifications/${name}${name.includes("?") ? "&" : "?"}${query(signature)}`, {
        secure: false,
      });
    expect((await ask(ADMIN, mac)).json).toEqual({
      responseCode: 1,
      isValid: true,
      handle: `${PREFIX}/ADMIN`,
    });
    expect((await ask(`${PREFIX}/ADMIN?index=300`, mac)).json?.isValid).toBe(true);
    expect((await ask(ADMIN, "AAAA")).json?.isValid).toBe(false);
    expect((await ask(`100:${PREFIX}/ADMIN`, mac)).json?.isValid).toBe(false);
    expect((await ask(`${PREFIX}/ADMIN`, mac)).json?.message).toBe("java.lang.Exception: No index provided");
    expect((await ask(`300:${PREFIX}/NOBODY`, mac)).status).toBe(404);
  });

  it("shows the status only to server administrators", async () => {
    const { call } = await createFixture({ serverAdmins: [{ index: 300, handle: `${PREFIX}/ADMIN` }] });
    const status = "/api/handles/0.SITE/status";
    expect((await call("GET", status)).json).toEqual({
      responseCode: 200,
      values: [],
      handle: "0.SITE/status",
    });
    expect((await call("GET", status, OTHER)).status).toBe(403);
    expect((await call("GET", status, { user: ADMIN })).text).toContain("numreqs=3");
  });

  it.each(["/api", "/api/", "/api/foo", "/api/handlesX"])("has nothing at %s", async (target) => {
    const { call } = await createFixture();
    const { status, json } = await call("GET", target);
    expect([status, json]).toEqual([
      404,
      { responseCode: 4, message: `Unknown HTTP API endpoint GET ${target}` },
    ]);
  });
});

describe("a store that is locked", () => {
  it("is said to be busy, without the name of its file", async () => {
    const { store } = openMemory();
    const { call } = await createFixture({ store });
    const lines: unknown[] = [];
    const locked = {
      ...store,
      commit: async () => {
        throw new HandleError("store_failed", {
          message: "The store /var/lib/hdl/store.sqlite could not write: database is locked",
          responseCode: 3,
          retryable: true,
        });
      },
    };
    const service = createHandleService({ store: locked, observe: ({ reason }) => lines.push(reason) });
    expect((await call("GET", path("Record"))).status).toBe(200);
    const response = await service.respond({
      method: "DELETE",
      target: path("Record"),
      headers: { authorization: encodeBasic(parseReference(ADMIN), encodeUtf8(PASSWORD)) },
      body: new Uint8Array(),
      connection: { secure: true },
    });
    expect(response.status).toBe(503);
    expect(JSON.parse(new TextDecoder().decode(response.body))).toEqual({
      responseCode: 3,
      message: "The server's store is busy; try again",
    });
    expect(lines).toEqual(["The store /var/lib/hdl/store.sqlite could not write: database is locked"]);
  });
});
