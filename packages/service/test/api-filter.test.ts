import { createHmac, generateKeyPairSync, pbkdf2Sync } from "node:crypto";
import { formatHandleAuthorization, signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, encodeBase64, encodeUtf8, secret } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { ADMIN, createFixture, headerOf, PASSWORD, PREFIX, path } from "./support.ts";

const CNONCE = encodeBase64(encodeUtf8("a client's nonce"));
const bearer = { headers: { authorization: "Bearer xx" } };

describe("a wrong login", () => {
  it.each([
    ["GET", "/api/site"],
    ["GET", "/api/foo"],
    ["GET", "/api/verifications/0.NA/TEST"],
    ["GET", "/api/prefixes"],
    ["PUT", "/api/prefixes"],
    ["OPTIONS", path("Record")],
    ["TRACE", path("Record")],
    ["PATCH", path("Record")],
  ])("is refused everywhere: %s %s", async (method, target) => {
    const { call } = await createFixture();
    const answer = await call(method, target, bearer);
    expect([answer.status, answer.text]).toEqual([401, ""]);
    expect(headerOf(answer, "WWW-Authenticate")).toMatch(/^Handle sessionId=/);
  });

  it("is ignored over plain HTTP", async () => {
    const { call } = await createFixture();
    expect((await call("GET", "/api/site", { ...bearer, secure: false })).status).toBe(200);
  });
});

describe("the server's proof", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const serverKey = secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());

  it.each(["/api/site", "/api/prefixes", path("Record"), "/api/foo"])(
    "is in the response to %s",
    async (target) => {
      const { call } = await createFixture({ serverKey });
      const headers = { authorization: formatHandleAuthorization({ cnonce: CNONCE }) };
      expect(headerOf(await call("GET", target, { headers }), "WWW-Authenticate")).toMatch(
        /serverSignature=/,
      );
    },
  );
});

describe("callback", () => {
  it.each([
    ["/api/site?callback=x", 200],
    ["/api/prefixes?callback=x", 401],
    ["/api/foo?callback=x", 404],
    [`/api/verifications/300:${PREFIX}/ADMIN?callback=x`, 400],
    [`${path("none")}?callback=x`, 404],
  ])("works for %s", async (target, status) => {
    const { call } = await createFixture();
    const answer = await call("GET", target);
    expect([answer.status, headerOf(answer, "Content-Type")]).toEqual([
      status,
      "application/javascript;charset=utf-8",
    ]);
    expect(answer.text).toMatch(/^x\(\{"responseCode":\d+.*\}\);$/);
  });
});

describe("the sessions API", () => {
  async function opened() {
    const fixture = await createFixture();
    const { json } = await fixture.call("POST", "/api/sessions");
    return { ...fixture, sessionId: String(json?.sessionId) };
  }

  it("ends an anonymous session for good", async () => {
    const { call, sessionId } = await opened();
    const body = { sessionId };
    const ask = async (method: string) =>
      (await call(method, `/api/sessions/this?${new URLSearchParams(body)}`)).status;
    expect([await ask("GET"), await ask("DELETE"), await ask("DELETE"), await ask("GET")]).toEqual([
      200, 204, 403, 403,
    ]);
  });

  it("authenticates a session by Basic", async () => {
    const { call, sessionId } = await opened();
    const login = { user: ADMIN, body: { sessionId } };
    const answer = await call("PUT", "/api/sessions/this", login);
    expect(answer.json).toMatchObject({ sessionId, authenticated: true, id: ADMIN });
    const headers = { authorization: formatHandleAuthorization({ sessionId }) };
    expect((await call("GET", `${path("Record")}?index=20`, { headers })).json?.responseCode).toBe(1);
    expect((await call("POST", "/api/sessions", login)).status).toBe(400);
    const query = new URLSearchParams({ sessionId });
    expect((await call("DELETE", `/api/sessions/this?${query}`, { user: ADMIN })).status).toBe(204);
    expect((await call("GET", path("Record"), { headers })).status).toBe(401);
  });

  it("gives the reason why a wrong Basic login does not authenticate a session", async () => {
    const { call, sessionId } = await opened();
    const wrong = { user: ADMIN, password: "wrong", body: { sessionId } };
    const answer = await call("PUT", "/api/sessions/this", wrong);
    expect([answer.status, answer.json]).toEqual([
      401,
      { sessionId, nonce: expect.any(String), error: "Identity not verified" },
    ]);
    expect((await call("GET", "/api/sessions/this", { body: { sessionId } })).json).not.toHaveProperty("id");
  });

  it("needs salt, iterations and length for a derived key", async () => {
    const { call, sessionId } = await opened();
    const fields = {
      id: ADMIN,
      type: "HS_SECKEY",
      alg: "PBKDF2-HMAC-SHA1",
      cnonce: CNONCE,
      signature: "AAAA",
    };
    const parameters = { salt: "AAAA", iterations: "1000", length: "160" };
    for (const name of Object.keys(parameters)) {
      const body = { sessionId, ...fields, ...parameters, [name]: undefined };
      const { json } = await call("PUT", "/api/sessions/this", { body });
      expect(json?.error).toBe("Missing fields in authentication data");
    }
  });
});

describe("verifications", () => {
  const nonce = encodeBase64(encodeUtf8("a server's nonce"));
  const query = (more: Record<string, string>) =>
    `?${new URLSearchParams({ nonce, cnonce: CNONCE, ...more })}`;
  const message = signedBytes(
    decodeBase64(nonce) ?? new Uint8Array(),
    decodeBase64(CNONCE) ?? new Uint8Array(),
  );

  it("read the index before a prefix handle without slash", async () => {
    const { call } = await createFixture();
    const target = `/api/verifications/300:${PREFIX}${query({ alg: "SHA1", signature: "AAAA" })}`;
    expect((await call("GET", target)).json).toEqual({ responseCode: 1, isValid: false, handle: PREFIX });
  });

  it.each([
    ["300:", 102],
    [`99999999999:${PREFIX}/ADMIN`, 4],
  ])("refuse %s", async (name, responseCode) => {
    const { call } = await createFixture();
    const answer = await call(
      "GET",
      `/api/verifications/${name}${query({ alg: "SHA1", signature: "AAAA" })}`,
    );
    expect([answer.status, answer.json?.responseCode]).toEqual([400, responseCode]);
  });

  it("need all three parameters of a derived key", async () => {
    const { call } = await createFixture();
    const salt = new Uint8Array([1, 2, 3, 4]);
    const key = pbkdf2Sync(PASSWORD, salt, 1000, 20, "sha1");
    const signature = createHmac("sha1", key).update(message).digest("base64");
    const given = { alg: "PBKDF2-HMAC-SHA1", signature, iterations: "1000", length: "160" };
    const ask = (more: Record<string, string>) =>
      call("GET", `/api/verifications/300:${PREFIX}/ADMIN${query(more)}`);
    expect((await ask({ ...given, salt: encodeBase64(salt) })).json?.isValid).toBe(true);
    expect((await ask(given)).json).toMatchObject({
      responseCode: 4,
      message: expect.stringContaining("Missing parameters in verification request"),
    });
  });
});

describe("values and handles", () => {
  it("keep numbers as they were written", async () => {
    const { call } = await createFixture();
    const numbers = ["12345678901234567890", "1.50", "1E3", "1.0", "-0", "7"];
    const list = numbers.map((number, i) => `{"index":${i + 1},"type":"N","data":${number}}`);
    const tricky = `{"index":50,"type":"T","data":{"format":"string","value" : 2.50}},{"index":51,"type":"T","data":"\\"data\\":1.0"}`;
    const raw = `[${[...list, tricky].join(",")}]`;
    expect((await call("PUT", path("numbers"), { user: ADMIN, raw })).status).toBe(201);
    const { json } = await call("GET", path("numbers"));
    const data = ((json?.values ?? []) as { data: { value: string } }[]).map((value) => value.data.value);
    expect(data).toEqual([...numbers, "2.50", '"data":1.0']);
  });

  it("are not created from bytes that are not UTF-8", async () => {
    const { call } = await createFixture();
    const raw = `[{"index":1,"type":"URL","data":"u"}]`;
    const answer = await call("PUT", `/api/handles/${PREFIX}/%ff`, { user: ADMIN, raw });
    expect([answer.status, answer.json]).toEqual([
      400,
      { responseCode: 102, message: "Invalid UTF8 encoding", handle: `${PREFIX}/\uFFFD` },
    ]);
    expect((await call("GET", `/api/handles/${PREFIX}/%ff`)).status).toBe(404);
  });

  it("of the status handle can be selected", async () => {
    const { call } = await createFixture({ serverAdmins: [{ index: 300, handle: `${PREFIX}/ADMIN` }] });
    const ask = async (query: string) => {
      const { json, text } = await call("GET", `/api/handles/0.SITE/status${query}`, { user: ADMIN });
      const indexes = ((json?.values ?? []) as { index: number }[]).map(({ index }) => index);
      return [json?.responseCode, indexes, text.includes("\n")];
    };
    expect(await ask("")).toEqual([1, [1, 3], false]);
    expect(await ask("?index=1&pretty")).toEqual([1, [1], true]);
    expect(await ask("?type=NOPE")).toEqual([200, [], false]);
    expect(await ask("?publicOnly=true")).toEqual([200, [], false]);
  });

  it("a Basic header may contain characters that are not base64", async () => {
    const { call } = await createFixture();
    const encoded = Buffer.from(`${encodeURIComponent(ADMIN)}:${PASSWORD}`).toString("base64");
    const headers = { authorization: `Basic ${encoded.slice(0, 8)}!\t${encoded.slice(8)}` };
    expect((await call("GET", "/api/sessions/this", { headers })).json?.authenticated).toBe(true);
  });
});
