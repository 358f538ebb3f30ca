import { createHash, createHmac, createSign, generateKeyPairSync, pbkdf2Sync, verify } from "node:crypto";
import {
  formatHandleAuthorization,
  formatHandleChallenge,
  parseChallenges,
  signedBytes,
} from "@handlekit/auth/wire";
import { decodeBase64, encodeBase64, encodePublicKey, encodeUtf8, secret } from "@handlekit/core";
import { openMemory } from "@handlekit/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSealer } from "../src/identify/sessions.ts";
import { ADMIN, createFixture, NOW, PASSWORD, PREFIX, path, seed } from "./support.ts";

const CNONCE = encodeBase64(encodeUtf8("a client's nonce"));
type Fixture = Awaited<ReturnType<typeof createFixture>>;

async function open(fixture: Fixture) {
  const { json } = await fixture.call("POST", "/api/sessions");
  return {
    sessionId: json?.sessionId as string,
    nonce: decodeBase64(json?.nonce as string) ?? new Uint8Array(),
  };
}

const message = (nonce: Uint8Array) => signedBytes(nonce, decodeBase64(CNONCE) ?? new Uint8Array());

function macOf(nonce: Uint8Array, password = PASSWORD): string {
  return createHash("sha256").update(password).update(message(nonce)).update(password).digest("base64");
}

const answerTo = (nonce: Uint8Array, more: Record<string, string> = {}) => ({
  id: ADMIN,
  type: "HS_SECKEY",
  alg: "SHA256",
  cnonce: CNONCE,
  signature: macOf(nonce),
  ...more,
});

async function login(fixture: Fixture): Promise<string> {
  const { sessionId, nonce } = await open(fixture);
  const { json } = await fixture.call("PUT", "/api/sessions/this", {
    body: { sessionId, ...answerTo(nonce) },
  });
  expect(json).toMatchObject({ authenticated: true, id: ADMIN });
  return sessionId;
}

const header = (fields: Record<string, string>) => ({
  headers: { authorization: formatHandleAuthorization(fields) },
});

describe("a session", () => {
  it("is opened, answered, used and ended", async () => {
    const fixture = await createFixture();
    const sessionId = await login(fixture);
    const use = () => fixture.call("GET", path("Record?index=20"), header({ sessionId }));
    expect((await use()).json?.responseCode).toBe(1);
    expect((await fixture.call("DELETE", "/api/sessions/this", header({ sessionId }))).status).toBe(204);
    expect((await use()).status).toBe(401);
    expect((await fixture.call("GET", "/api/sessions/this", header({ sessionId }))).status).toBe(403);
  });

  it("works on any connection and in one request with its challenge", async () => {
    const fixture = await createFixture();
    const asked = await fixture.call("PUT", path("new"), { body: [] });
    const lines = asked.headers.filter(([name]) => name === "WWW-Authenticate").map(([, value]) => value);
    const { handle } = parseChallenges(lines.join(", "));
    const nonce = handle?.nonce ?? new Uint8Array();
    const sessionId = handle?.sessionId ?? "";
    const full = header({ sessionId, ...answerTo(nonce) });
    expect((await fixture.call("PUT", path("new"), { body: [], ...full })).status).toBe(201);
    expect((await fixture.call("PUT", path("new2"), { body: [], ...full })).status).toBe(201);
    expect((await fixture.call("PUT", path("new3"), { body: [], ...header({ sessionId }) })).status).toBe(
      201,
    );
  });

  it("ends 30 minutes after its last use, not after it was opened", async () => {
    let now = NOW;
    const fixture = await createFixture({ now: () => now });
    const sessionId = await login(fixture);
    const use = () => fixture.call("GET", path("Record?index=20"), header({ sessionId }));
    for (let i = 0; i < 4; i++) {
      now += 20 * 60_000;
      expect((await use()).status).toBe(200);
    }
    now += 31 * 60_000;
    expect((await use()).status).toBe(401);
  });

  it("is not stored until it is answered, and removed when it has expired", async () => {
    let now = NOW;
    const state = openMemory().state;
    const fixture = await createFixture({ state, now: () => now });
    for (let i = 0; i < 20; i++) await open(fixture);
    expect(await state.scan("", undefined, 10)).toEqual([]);
    const sessionId = await login(fixture);
    const kept = JSON.stringify(await state.scan("", undefined, 10));
    expect([kept.includes(sessionId), kept.includes(ADMIN.slice(4))]).toEqual([false, true]);
    now += 3 * 3_600_000;
    await login(fixture);
    expect((await state.scan("", undefined, 10)).length).toBe(1);
  });
});

describe("an answer to a challenge", () => {
  const PBKDF2 = {
    alg: "PBKDF2-HMAC-SHA1",
    salt: encodeBase64(encodeUtf8("salt")),
    iterations: "1000",
    length: "160",
  };

  it.each<[string, (m: Uint8Array) => Buffer, Record<string, string>]>([
    ["MD5", (m) => createHash("md5").update(PASSWORD).update(m).update(PASSWORD).digest(), {}],
    ["SHA", (m) => createHash("sha1").update(PASSWORD).update(m).update(PASSWORD).digest(), {}],
    ["sha-2", (m) => createHash("sha256").update(PASSWORD).update(m).update(PASSWORD).digest(), {}],
    ["HMAC-SHA1", (m) => createHmac("sha1", PASSWORD).update(m).digest(), {}],
    ["HmacSHA256", (m) => createHmac("sha256", PASSWORD).update(m).digest(), {}],
    [
      "PBKDF2-HMAC-SHA1",
      (m) =>
        createHmac("sha1", pbkdf2Sync(PASSWORD, "salt", 1000, 20, "sha1"))
          .update(m)
          .digest(),
      PBKDF2,
    ],
  ])("may be a %s", async (alg, mac, more) => {
    const fixture = await createFixture();
    const { sessionId, nonce } = await open(fixture);
    const signature = mac(message(nonce)).toString("base64");
    const fields = { sessionId, ...answerTo(nonce), ...more, alg, signature };
    expect((await fixture.call("PUT", "/api/sessions/this", { body: fields })).json?.authenticated).toBe(
      true,
    );
  });

  it.each(["rsa", "dsa"] as const)(
    "may be a signature with an %s key; without an index every key is tried",
    async (kind) => {
      const { privateKey, publicKey } =
        kind === "rsa"
          ? generateKeyPairSync("rsa", { modulusLength: 2048 })
          : generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 });
      const fixture = await createFixture();
      const user = `${PREFIX}/KEYS`;
      const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
      const data =
        kind === "rsa"
          ? encodePublicKey(publicKey.export({ format: "jwk" }) as never)
          : dsaValue(publicKey.export({ type: "spki", format: "der" }));
      await seed(fixture.store, user, [
        {
          index: 301,
          type: "HS_PUBKEY",
          data: { format: "key", value: other.export({ format: "jwk" }) as never },
        },
        { index: 302, type: "HS_PUBKEY", data: { format: "base64", value: encodeBase64(data) } },
        { index: 9, type: "HIDDEN", data: "x", permissions: "1100" },
        {
          index: 100,
          type: "HS_ADMIN",
          data: { format: "admin", value: { handle: user, index: 302, permissions: "011111110011" } },
        },
      ]);
      const { sessionId, nonce } = await open(fixture);
      const signature = createSign("sha256").update(message(nonce)).sign(privateKey, "base64");
      const fields = { sessionId, id: user, type: "HS_PUBKEY", alg: "SHA-256", cnonce: CNONCE, signature };
      const { json } = await fixture.call("PUT", "/api/sessions/this", { body: fields });
      expect(json).toMatchObject({ authenticated: true, id: user });
      expect((await fixture.call("GET", path("KEYS?index=9"), header({ sessionId }))).status).toBe(200);
    },
  );

  it.each<[string, (nonce: Uint8Array) => Record<string, string>]>([
    ["a wrong secret", (nonce) => ({ signature: macOf(nonce, "S3CR3T-wrong") })],
    ["another nonce", () => ({ signature: macOf(new Uint8Array(16)) })],
    ["another cnonce", () => ({ cnonce: encodeBase64(encodeUtf8("other")) })],
    ["another user", () => ({ id: `300:${PREFIX}/OTHER` })],
    ["a user that is none", () => ({ id: "nobody" })],
    ["another kind of key", () => ({ type: "HS_PUBKEY" })],
    ["an empty signature", () => ({ signature: "" })],
    ["an unknown algorithm", () => ({ alg: "NONE" })],
    ["an unknown type", () => ({ type: "HS_FOO" })],
    ["work without end", () => ({ ...PBKDF2, iterations: "2000000000" })],
    ["a key of no length", () => ({ ...PBKDF2, length: "0" })],
  ])("is refused with %s", async (_what, change) => {
    const fixture = await createFixture();
    const { sessionId, nonce } = await open(fixture);
    const fields = { ...answerTo(nonce), ...change(nonce) };
    const put = await fixture.call("PUT", "/api/sessions/this", { body: { sessionId, ...fields } });
    expect([put.status, put.json?.authenticated]).toEqual([401, undefined]);
    expect((await fixture.call("DELETE", path("Record"), header({ sessionId, ...fields }))).status).toBe(401);
    expect((await fixture.call("DELETE", path("Record"), header({ sessionId }))).status).toBe(401);
  });
});

describe("the sessions API", () => {
  it.each<[string, string, object, number]>([
    ["GET", "/api/sessions", {}, 405],
    ["GET", "/api/sessions/other", {}, 403],
    ["PUT", "/api/sessions/this", { raw: "{" }, 400],
    ["PUT", "/api/sessions/this", { body: { id: ADMIN, type: "HS_SECKEY" } }, 403],
    ["DELETE", "/api/sessions/this", {}, 403],
    ["POST", "/api/sessions", { secure: false }, 403],
    ["GET", "/api/sessions/this", { headers: { authorization: 'Handle sessionId="guessed"' } }, 403],
    ["PATCH", "/api/sessions", {}, 501],
  ])("%s %s with %j is %d, with an empty body", async (method, target, how, status) => {
    const { call } = await createFixture();
    const answer = await call(method, target, how);
    expect([answer.status, method === "PATCH" || answer.text === ""]).toEqual([status, true]);
  });

  it("opens a session for a Basic login, and reports what was wrong with one", async () => {
    const { call } = await createFixture();
    const good = await call("POST", "/api/sessions", { user: ADMIN });
    expect([good.status, good.json]).toMatchObject([201, { authenticated: true, id: ADMIN }]);
    expect(good.headers).toContainEqual(["Location", "/api/sessions/this"]);
    const bad = await call("POST", "/api/sessions", { user: ADMIN, password: "S3CR3T-no" });
    expect([bad.status, bad.json?.authenticated, bad.json?.error]).toEqual([
      201,
      undefined,
      "Identity not verified",
    ]);
  });

  it("keeps an authenticated session after a wrong answer", async () => {
    const fixture = await createFixture();
    const sessionId = await login(fixture);
    const { status, json } = await fixture.call("PUT", "/api/sessions/this", {
      body: { sessionId, id: ADMIN },
    });
    expect([status, json?.authenticated, json?.error]).toEqual([
      200,
      true,
      "Missing fields in authentication data",
    ]);
  });

  it("proves the server to a client that asks", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const serverKey = secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const { call } = await createFixture({ serverKey });
    const { headers, status } = await call("GET", path("Record"), header({ cnonce: CNONCE }));
    const { handle } = parseChallenges(headers.find(([name]) => name === "WWW-Authenticate")?.[1] ?? "");
    expect([status, handle?.serverAlg]).toEqual([200, "SHA-256"]);
    const nonce = handle?.nonce ?? new Uint8Array();
    expect(verify("sha256", message(nonce), publicKey, handle?.serverSignature ?? new Uint8Array())).toBe(
      true,
    );
  });
});

describe("a session id", () => {
  const key = new Uint8Array(32).fill(7);

  it("can only be decrypted with its own key, and unchanged", () => {
    const sealer = createSealer(key);
    const content = { nonce: new Uint8Array(16).fill(3), expires: 1_800_000_000_000 };
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(..."ABab01-_"), (at, character) => {
        const id = sealer.seal(content);
        expect(sealer.open(id)).toEqual(content);
        expect(createSealer(new Uint8Array(32)).open(id)).toBe(undefined);
        const i = at % id.length;
        const changed = id.slice(0, i) + character + id.slice(i + 1);
        if (changed !== id) expect(sealer.open(changed)).toBe(undefined);
      }),
    );
  });

  it("is never repeated, and no other text is accepted", () => {
    const sealer = createSealer(key);
    const ids = new Set(
      Array.from({ length: 1000 }, () => sealer.seal({ nonce: new Uint8Array(16), expires: 0 })),
    );
    expect(ids.size).toBe(1000);
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String({ maxLength: 100 })),
        (id) => sealer.open(id) === undefined,
      ),
    );
  });

  it("is in a challenge unchanged", () => {
    const id = createSealer(key).seal({ nonce: new Uint8Array(16), expires: 0 });
    expect(formatHandleChallenge({ sessionId: id, nonce: new Uint8Array(16) })).toContain(
      `sessionId="${id}"`,
    );
  });
});

/** HS_PUBKEY of a DSA key, from its SubjectPublicKeyInfo: SEQ(SEQ(oid, SEQ(p, q, g)), BITSTRING(INTEGER y)). */
function dsaValue(spki: Buffer): Uint8Array {
  const integers: Buffer[] = [];
  const walk = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) {
      const tag = bytes[at] ?? 0;
      const short = bytes[at + 1] ?? 0;
      const width = short & 0x80 ? short & 0x7f : 0;
      const size = width === 0 ? short : bytes.readUIntBE(at + 2, width);
      const content = bytes.subarray(at + 2 + width, at + 2 + width + size);
      if (tag === 0x30) walk(content);
      else if (tag === 0x03) walk(content.subarray(1));
      else if (tag === 0x02) integers.push(content);
      at += 2 + width + size;
    }
  };
  walk(spki);
  const [p, q, g, y] = integers.map((integer) => integer.toString("base64url")) as [
    string,
    string,
    string,
    string,
  ];
  return encodePublicKey({ kty: "DSA", p, q, g, y });
}
