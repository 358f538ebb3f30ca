import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { type AuthCredentials, type CreateAuthOptions, createAuth } from "@handlekit/auth";
import {
  type AuthStrategy,
  decodeUtf8,
  exchange,
  isHandleError,
  type Login,
  parseReference,
  secret,
  type WireRequest,
} from "@handlekit/core";
import { createSelfSignedCertificate } from "@handlekit/keys";
import { describe, expect, it } from "vitest";
import { createSessionServer } from "./session-server.ts";

const SERVER = "https://handle.example.org:8000";
const ARDC = "https://demo.identifiers.ardc.edu.au";
const PASSWORD = "S3CR3T-of-credentials";
const USER = "300:20.500.12345/USER1";
const BY_KEY = "301:20.500.12345/USER1";
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const certificate = await createSelfSignedCertificate({ privateKey: secret(pem), subject: BY_KEY });

const password: Login = { kind: "password", identity: parseReference(USER), password: secret(PASSWORD) };
const certified: Login = {
  kind: "certificate",
  identity: parseReference(BY_KEY),
  certificate,
  key: secret(pem),
  notAfter: new Date("2030-01-01T00:00:00Z"),
};
const account = { appId: "app", sharedSecret: PASSWORD, identifier: "user", authDomain: "example.org" };

function create(credentials: AuthCredentials, options?: CreateAuthOptions): AuthStrategy {
  const strategy = createAuth(credentials, options);
  if (!strategy) throw new Error("There is no strategy.");
  return strategy;
}

/** Resolves to the request that the strategy sends to a server that answers 200. */
async function sentBy(strategy: AuthStrategy, request: WireRequest): Promise<WireRequest | undefined> {
  const sent: WireRequest[] = [];
  await exchange(strategy, request, {
    async send(wire) {
      sent.push(wire);
      return { status: 200, headers: {} };
    },
  });
  return sent[0];
}

const get = (origin: string): WireRequest => ({
  method: "GET",
  url: `${origin}/api/handles/20.500.12345/abc`,
  headers: {},
});

function codeOf(run: () => unknown): { readonly code: string; readonly message: string } {
  try {
    run();
  } catch (error) {
    if (!isHandleError(error)) throw error;
    expect(inspect(error).includes("S3CR3T")).toBe(false);
    return { code: error.code, message: error.message };
  }
  return { code: "none", message: "" };
}

describe("createAuth for a handle server", () => {
  it("returns Basic for a password", async () => {
    const strategy = create({ server: SERVER, login: password });
    expect(strategy).toMatchObject({ scheme: "basic", identity: password.identity, origins: [SERVER] });
    const header = (await sentBy(strategy, get(SERVER)))?.headers.authorization ?? "";
    expect(atob(header.replace("Basic ", "")) === `300%3A20.500.12345/USER1:${PASSWORD}`).toBe(true);
  });

  it("returns the client certificate for a certificate", async () => {
    const strategy = create({ server: SERVER, login: certified });
    expect(strategy).toMatchObject({ scheme: "client-certificate", identity: certified.identity });
    const tls = typeof strategy.tls === "object" ? strategy.tls : undefined;
    expect([tls?.certificate, tls && decodeUtf8(tls.key.reveal()) === pem]).toEqual([certificate, true]);
    expect((await sentBy(strategy, get(SERVER)))?.headers.authorization).toBe('Handle clientCert="true"');
  });

  it("accepts a certificate that names no identity", () => {
    const strategy = create({ server: SERVER, login: { ...certified, identity: undefined } });
    expect([strategy.scheme, strategy.identity]).toEqual(["client-certificate", undefined]);
  });

  it.each([
    ["password", password, USER],
    ["certificate", certified, BY_KEY],
  ] as const)("logs in to a session with a %s", async (_kind, login, user) => {
    const server = createSessionServer({ [USER]: { secret: PASSWORD }, [BY_KEY]: { publicKey } });
    const strategy = create({ server: SERVER, login }, { session: true });
    expect([strategy.scheme, strategy.tls]).toEqual(["session", undefined]);
    const { status, body } = await exchange(strategy, get(SERVER), { send: server.respond });
    expect([status, JSON.parse((body && decodeUtf8(body)) ?? "")]).toEqual([
      200,
      { responseCode: 1, as: user },
    ]);
    await strategy.close?.();
    expect(server.sessions.size).toBe(0);
  });

  it("prefers the given origins to the server", () => {
    const origins = ["https://mirror.example.org/handle/", SERVER];
    for (const login of [password, certified]) {
      for (const session of [true, false]) {
        const strategy = create({ server: "https://elsewhere.example", login }, { origins, session });
        expect(strategy.origins).toEqual(["https://mirror.example.org", SERVER]);
      }
    }
    expect(create({ login: password }, { origins }).origins).toHaveLength(2);
  });

  it("returns undefined without a login", () => {
    expect(createAuth({ server: SERVER })).toBe(undefined);
    expect(createAuth({ server: SERVER, ardc: account }, { session: true, origins: [] })).toBe(undefined);
  });

  it("refuses a login without a server, plain http, and a session without an identity", () => {
    expect(codeOf(() => createAuth({ login: password })).code).toBe("invalid_options");
    const plain = { server: "http://handle.example.org", login: password };
    expect(codeOf(() => createAuth(plain)).code).toBe("insecure_connection");
    const nobody = { server: SERVER, login: { ...certified, identity: undefined } };
    expect(codeOf(() => createAuth(nobody, { session: true }))).toEqual({
      code: "invalid_credentials",
      message: "The client certificate names no identity, which a session requires.",
    });
    const broken = { server: SERVER, login: { ...certified, key: secret("S3CR3T") } };
    expect(codeOf(() => createAuth(broken, { session: true })).code).toBe("invalid_key");
  });
});

describe("createAuth for ARDC", () => {
  const mint: WireRequest = { method: "POST", url: `${ARDC}/pids/mint?type=URL`, headers: {} };
  const options = { for: "ardc", origins: [ARDC] } as const;

  it.each([
    ["text", PASSWORD],
    ["a secret", secret(PASSWORD)],
  ])("sends the account with a shared secret that is %s", async (_kind, sharedSecret) => {
    const strategy = create({ server: SERVER, login: password, ardc: { ...account, sharedSecret } }, options);
    expect([strategy.scheme, strategy.origins]).toEqual(["ardc", [ARDC]]);
    const sent = await sentBy(strategy, mint);
    expect(sent?.headers.authorization === `Basic ${btoa(`app:${PASSWORD}`)}`).toBe(true);
    expect(sent?.body && decodeUtf8(sent.body)).toContain('<property name="identifier" value="user"');
  });

  it("sends the appId in the body when the service knows the address", async () => {
    const strategy = create({ ardc: { ...account, sharedSecret: undefined } }, options);
    const sent = await sentBy(strategy, mint);
    expect(sent?.headers.authorization).toBe(undefined);
    expect(sent?.body && decodeUtf8(sent.body)).toContain('<property name="appId" value="app"');
  });

  it("returns undefined without an account", () => {
    expect(createAuth({ server: SERVER, login: password }, options)).toBe(undefined);
    expect(createAuth({}, { for: "ardc" })).toBe(undefined);
  });

  it("names the missing parts of the account", () => {
    const lacking = { ...account, identifier: undefined, authDomain: "" };
    expect(codeOf(() => createAuth({ ardc: lacking }, options))).toEqual({
      code: "invalid_credentials",
      message: "The ARDC credentials have no identifier and no authDomain.",
    });
    expect(codeOf(() => createAuth({ ardc: { ...account, appId: undefined } }, options)).message).toBe(
      "The ARDC credentials have no appId.",
    );
  });
});
