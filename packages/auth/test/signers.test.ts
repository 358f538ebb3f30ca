import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import {
  createPrivateKeySigner,
  createSecretKeySigner,
  createSessionAuth,
  type Signer,
} from "@handlekit/auth/session";
import { parseChallenges, parseHandleAuthorization, signedBytes } from "@handlekit/auth/wire";
import {
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  isHandleError,
  type PublicKeyJwk,
  secret,
} from "@handlekit/core";
import { describe, expect, it } from "vitest";
import {
  RECORDED_CNONCE,
  RECORDED_INLINE,
  RECORDED_PRIVATE_KEY_LOGINS,
  RECORDED_PROVEN_SESSION,
  RECORDED_SECRET,
  RECORDED_SECRET_KEY_LOGINS,
  RECORDED_SERVER_KEY,
  RECORDED_SERVER_SIGNATURES,
  RECORDED_TEST_KEY,
  type RecordedLogin,
} from "./vectors.ts";

const ORIGIN = "https://handle.example.org:8000";
const bytes = (base64: unknown) => decodeBase64(String(base64)) ?? new Uint8Array();

function errorOf(run: () => unknown): { code: string; text: string } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isHandleError(error) ? { code: error.code, text: inspect(error) } : { code: "none", text: "" };
  }
}

/** Resolves to the body that the strategy sends when the server answers as recorded; numbers are text. */
async function replay({ opened, put, answer }: RecordedLogin, signer: Signer): Promise<unknown> {
  const { id, cnonce } = JSON.parse(put);
  const strategy = createSessionAuth({
    identity: id,
    signer,
    origins: [ORIGIN],
    random: () => bytes(cnonce),
  });
  const said: (string | undefined)[] = [];
  await strategy.authenticate(
    { method: "GET", url: `${ORIGIN}/api/handles/a/b`, headers: {} },
    {
      async send({ method, body }) {
        said.push(body && decodeUtf8(body));
        return method === "POST"
          ? { status: 201, headers: {}, body: encodeUtf8(opened) }
          : { status: 200, headers: {}, body: encodeUtf8(answer) };
      },
    },
  );
  expect(said[0]).toBe(undefined);
  return said[1];
}

/** Returns a recorded body with its numbers as text, as we write them. */
const withoutNumbers = (put: string) => put.replace(/":(\d+)/g, '":"$1"');

describe("createSecretKeySigner", () => {
  it.each(RECORDED_SECRET_KEY_LOGINS)("answers as recorded in exchange $exchange", async (login) => {
    const { alg, salt, iterations, length } = JSON.parse(login.put);
    const signer = createSecretKeySigner({
      secret: RECORDED_SECRET,
      alg,
      ...(salt === undefined
        ? {}
        : {
            parameters: { salt: bytes(salt), iterations: Number(iterations), length: Number(length) },
          }),
    });
    expect(await replay(login, signer)).toBe(withoutNumbers(login.put));
  });

  it("by default answers with PBKDF2, with a salt of its own, as Handle.Net's client does", async () => {
    const [a, b] = [createSecretKeySigner({ secret: "S3CR3T" }), createSecretKeySigner({ secret: "S3CR3T" })];
    expect([a.type, a.alg]).toEqual(["HS_SECKEY", "PBKDF2-HMAC-SHA1"]);
    expect(a.parameters).toMatchObject({ iterations: 10_000, length: 160 });
    expect(a.parameters?.salt.length).toBe(16);
    expect(a.parameters?.salt).not.toEqual(b.parameters?.salt);
    expect(await a.sign(Uint8Array.of(1))).not.toEqual(await b.sign(Uint8Array.of(1)));
  });

  it("accepts bytes that are not text", async () => {
    const raw = Uint8Array.of(0, 255, 128);
    const signer = createSecretKeySigner({ secret: secret(raw), alg: "HMACSHA256" });
    const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, [
      "verify",
    ]);
    const message = Uint8Array.of(1, 2, 3);
    const mac = new Uint8Array(await signer.sign(message));
    expect(await crypto.subtle.verify("HMAC", key, mac, message)).toBe(true);
  });

  it("refuses unusable options at once", () => {
    const parameters = { salt: Uint8Array.of(1), iterations: 1, length: 160 };
    for (const options of [
      { secret: "" },
      { secret: "S3CR3T", alg: "MD5" },
      { secret: "S3CR3T", alg: "SHA-512" },
      { secret: "S3CR3T", parameters: { ...parameters, salt: new Uint8Array() } },
      { secret: "S3CR3T", parameters: { ...parameters, iterations: 0 } },
      { secret: "S3CR3T", parameters: { ...parameters, length: 161 } },
      { secret: "S3CR3T", parameters: { ...parameters, length: Number.NaN } },
    ]) {
      expect(errorOf(() => createSecretKeySigner(options))?.code).toBe("invalid_options");
    }
  });

  it("prints no secret", () => {
    const shown = inspect(createSecretKeySigner({ secret: "S3CR3T" }), { showHidden: true, depth: 9 });
    expect(shown.includes("S3CR3T")).toBe(false);
  });
});

describe("createPrivateKeySigner", () => {
  it.each(RECORDED_PRIVATE_KEY_LOGINS)("answers as recorded in exchange $exchange", async (login) => {
    const { alg } = JSON.parse(login.put);
    expect(await replay(login, createPrivateKeySigner({ key: RECORDED_TEST_KEY, alg }))).toBe(login.put);
  });

  it("answers the challenge of a refusal as recorded", async () => {
    const nonce = parseChallenges(RECORDED_INLINE.challenges).handle?.nonce ?? new Uint8Array();
    const answer = parseHandleAuthorization(RECORDED_INLINE.authorization);
    const signer = createPrivateKeySigner({ key: secret(RECORDED_TEST_KEY) });
    const signature = await signer.sign(signedBytes(nonce, bytes(answer?.get("cnonce"))));
    expect(encodeBase64(signature)).toBe(answer?.get("signature"));
  });

  it("finds the key in a file that contains a certificate too", () => {
    const bundle = `-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n${RECORDED_TEST_KEY}`;
    expect(createPrivateKeySigner({ key: bundle })).toMatchObject({ type: "HS_PUBKEY", alg: "SHA-256" });
  });

  it("refuses every other key at once, with a hint, and does not show it", () => {
    const passphrase = "S3CR3T";
    const encrypted = { cipher: "aes-256-cbc", passphrase };
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    for (const [key, hint] of [
      [rsa.export({ type: "pkcs8", format: "pem", ...encrypted }), "openssl pkey"],
      [rsa.export({ type: "pkcs1", format: "pem", ...encrypted }), "openssl pkey"],
      [rsa.export({ type: "pkcs1", format: "pem" }), "openssl pkey"],
      [ec.export({ type: "pkcs8", format: "pem" }), "RSA"],
      ["-----BEGIN PRIVATE KEY-----\nS3CR3T!\n-----END PRIVATE KEY-----", "BEGIN PRIVATE KEY"],
      ["S3CR3T", "BEGIN PRIVATE KEY"],
      ["", "BEGIN PRIVATE KEY"],
    ] as const) {
      const text = key.toString();
      const error = errorOf(() => createPrivateKeySigner({ key: text }));
      expect(error?.code).toBe("invalid_key");
      expect(error?.text).toContain(hint);
      expect(error?.text.includes(text.slice(30, 60) || "nothing")).toBe(false);
    }
    expect(errorOf(() => createPrivateKeySigner({ key: RECORDED_TEST_KEY, alg: "MD5" }))?.code).toBe(
      "invalid_options",
    );
  });

  it("reports a damaged key when it first signs", async () => {
    const lines = RECORDED_TEST_KEY.split("\n");
    const cut = [...lines.slice(0, 5), ...lines.slice(-2)].join("\n");
    const error = await createPrivateKeySigner({ key: cut })
      .sign(Uint8Array.of(1))
      .catch((e: unknown) => e);
    expect(isHandleError(error, "invalid_key")).toBe(true);
  });
});

describe("the server's proof", () => {
  const logIn = async (opened: string, publicKey = RECORDED_SERVER_KEY) => {
    const sent: string[] = [];
    const strategy = createSessionAuth({
      identity: "301:0.NA/20.500.99999",
      signer: createSecretKeySigner({ secret: RECORDED_SECRET, alg: "SHA-256" }),
      origins: [ORIGIN],
      random: () => bytes(RECORDED_CNONCE),
      verifyServer: { publicKey },
    });
    const error = await Promise.resolve(
      strategy.authenticate(
        { method: "GET", url: `${ORIGIN}/api/handles/a/b`, headers: {} },
        {
          async send({ method, body }) {
            sent.push(`${method} ${method === "POST" ? decodeUtf8(body ?? new Uint8Array()) : ""}`);
            return method === "POST"
              ? { status: 201, headers: {}, body: encodeUtf8(opened) }
              : { status: 200, headers: {}, body: encodeUtf8('{"authenticated":true}') };
          },
        },
      ),
    ).then(
      () => undefined,
      (e: unknown) => e,
    );
    return { sent, code: isHandleError(error) ? error.code : error };
  };
  const asked = `POST {"cnonce":"${RECORDED_CNONCE}"}`;
  const inBody = RECORDED_SERVER_SIGNATURES.map((header) => {
    const { sessionId, nonce, serverAlg, serverSignature } = parseChallenges(header).handle ?? {};
    const [n, s] = [nonce, serverSignature].map((part) => encodeBase64(part ?? new Uint8Array()));
    return JSON.stringify({ sessionId, nonce: n, serverAlg, serverSignature: s });
  });

  it.each([RECORDED_PROVEN_SESSION, ...inBody])("is accepted as recorded: %s", async (opened) => {
    expect(await logIn(opened)).toEqual({ sent: [asked, "PUT "], code: undefined });
  });

  it("that is missing, over another nonce, or by another key, ends the login before the answer", async () => {
    const { serverSignature, ...missing } = JSON.parse(RECORDED_PROVEN_SESSION);
    const other = JSON.parse(inBody[0] ?? "").serverSignature;
    for (const opened of [
      missing,
      { ...missing, serverSignature: other },
      { ...missing, serverSignature: 1 },
    ]) {
      expect(await logIn(JSON.stringify(opened))).toEqual({ sent: [asked], code: "insecure_connection" });
    }
    const { n, e } = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
    const another = { kty: "RSA", n: String(n), e: String(e) } as const;
    expect(await logIn(RECORDED_PROVEN_SESSION, another)).toEqual({
      sent: [asked],
      code: "insecure_connection",
    });
    expect(serverSignature).toBeDefined();
  });

  it("cannot be required with another key than RSA", async () => {
    const dsa = { kty: "DSA", y: "AQ", p: "AQ", q: "AQ", g: "AQ" } as const;
    const options = {
      identity: "300:a/b",
      signer: createSecretKeySigner({ secret: "S3CR3T" }),
      origins: [ORIGIN],
    };
    const given = (publicKey: PublicKeyJwk) =>
      errorOf(() => createSessionAuth({ ...options, verifyServer: { publicKey } }))?.code;
    expect(given(dsa)).toBe("not_supported");
    expect(given({ kty: "RSA", n: "", e: "AQAB" })).toBe("invalid_value");
  });
});
