import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ADMIN, createFixture, PASSWORD, PREFIX } from "./support.ts";

const THIS = "/api/sessions/this";
const basic = (user: string, password: string) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(user)}:${password}`)}`,
});

async function opened() {
  const { call, ...fixture } = await createFixture();
  const session = (await call("POST", "/api/sessions")).json as { sessionId: string; nonce: string };
  return { call, ...fixture, session };
}

/** Returns a Handle header with an answer by this secret, without the fields in `without`. */
function answerHeader(
  { sessionId, nonce }: { sessionId: string; nonce: string },
  secret: string,
  without: string[] = [],
) {
  const cnonce = randomBytes(16);
  const mac = createHmac("sha256", secret).update(Buffer.concat([Buffer.from(nonce, "base64"), cnonce]));
  const fields: Record<string, string> = {
    sessionId,
    id: encodeURIComponent(ADMIN),
    type: "HS_SECKEY",
    cnonce: cnonce.toString("base64"),
    alg: "HMAC-SHA256",
    signature: mac.digest("base64"),
  };
  const shown = Object.entries(fields).filter(([name]) => !without.includes(name));
  return { authorization: `Handle ${shown.map(([name, value]) => `${name}="${value}"`).join(", ")}` };
}

const schemes = (headers: readonly (readonly [string, string])[]) =>
  headers.filter(([name]) => name === "WWW-Authenticate").map(([, value]) => value.split(" ")[0]);

describe.each(["GET", "HEAD", "PUT", "POST"])("%s /api/sessions/this", (method) => {
  it.each([
    ["a wrong password", basic(ADMIN, "S3CR3T-wrong")],
    ["a user without a record", basic(`300:${PREFIX}/NOBODY`, PASSWORD)],
    ["a user that is no reference", basic("me", PASSWORD)],
    ["a Basic header that cannot be read", { authorization: "Basic ////" }],
    ["a Basic header without anything", { authorization: "Basic" }],
    ["Handle without a field", { authorization: "Handle" }],
    ["Handle that cannot be read", { authorization: "Handle =" }],
    ["another scheme", { authorization: "Bearer x" }],
  ])("answers %s with 401 and both challenges", async (_, headers) => {
    const { call } = await createFixture();
    const answer = await call(method, THIS, { headers });
    expect([answer.status, schemes(answer.headers)]).toEqual([401, ["Basic", "Handle"]]);
  });

  it("answers a wrong or incomplete answer to its challenge with 401 and both challenges", async () => {
    const { call, session } = await opened();
    for (const headers of [
      answerHeader(session, "S3CR3T-wrong"),
      answerHeader(session, PASSWORD, ["signature"]),
    ]) {
      const answer = await call(method, THIS, { headers });
      expect([answer.status, schemes(answer.headers)]).toEqual([401, ["Basic", "Handle"]]);
    }
    expect((await call(method, THIS, { headers: answerHeader(session, PASSWORD) })).status).toBe(200);
  });

  it.each(["id", "cnonce"])("answers a %s without a session with an empty 403", async (name) => {
    const { call } = await createFixture();
    const authorization = `Handle ${name}="${name === "id" ? encodeURIComponent(ADMIN) : "AAAA"}"`;
    const answer = await call(method, THIS, { headers: { authorization } });
    expect([answer.status, answer.text]).toEqual([403, ""]);
  });

  it("responds without a login with 200", async () => {
    const { call } = await createFixture();
    const answer = await call(method, THIS);
    expect([answer.status, answer.json]).toEqual([200, { authenticated: false }]);
  });
});

describe("a login that fails", () => {
  it("is 401 for Handle without a field on every endpoint", async () => {
    const { call } = await createFixture();
    for (const target of [`/api/handles/${PREFIX}/Record`, "/api/site", "/api/prefixes"]) {
      expect((await call("GET", target, { headers: { authorization: "Handle" } })).status).toBe(401);
    }
  });
});

describe("listing a prefix", () => {
  it.each([`${PREFIX}/`, `${PREFIX}/x`, `0.NA/${PREFIX}/`, "/", "9999"])(
    "%s is 400 and code 301",
    async (prefix) => {
      const { call, store } = await createFixture();
      await store.commit(`0.NA/${PREFIX}/` as never, "absent", []);
      const answer = await call("GET", `/api/handles?prefix=${encodeURIComponent(prefix)}`, { user: ADMIN });
      expect([answer.status, answer.json]).toEqual([
        400,
        { responseCode: 301, message: "That prefix doesn't live here", handle: prefix },
      ]);
    },
  );
});
