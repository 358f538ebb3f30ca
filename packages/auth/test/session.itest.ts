import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { authFetch } from "@handlekit/auth";
import {
  createPrivateKeySigner,
  createSecretKeySigner,
  createSessionAuth,
  type SessionAuthOptions,
} from "@handlekit/auth/session";
import { type AuthStrategy, decodeUtf8, type HandleError, isHandleError } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createTransport, type Transport } from "@handlekit/transport";
import { Agent, fetch as undiciFetch } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSessionServer, type SessionServer } from "./session-server.ts";

const USER = "300:20.500.12345/USER1";
const BY_KEY = "301:20.500.12345/USER1";
const SECRET = "S3CR3T-of-sessions-é";
const SESSIONS = "/api/sessions";
const THIS = "/api/sessions/this";
const RECORD = "/api/handles/20.500.12345/abc";
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();

let listener: Server;
let origin: string;
let ca: string;
let server: SessionServer;
let transport: Transport;

beforeAll(async () => {
  const tls = await createKeyPair({ bits: 2048 });
  ca = await createSelfSignedCertificate({
    privateKey: tls.privateKey,
    subject: "test",
    hosts: ["127.0.0.1"],
  });
  const key = new TextDecoder().decode(tls.privateKey.reveal());
  listener = createServer({ cert: ca, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const answer = await server.respond({
      method,
      url: `${origin}${url}`,
      headers: headers.authorization === undefined ? {} : { authorization: headers.authorization },
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    // Two lines, as a real server writes them.
    const { "www-authenticate": challenges, ...others } = answer.headers;
    if (challenges !== undefined) response.setHeader("www-authenticate", challenges.split(/, (?=Handle)/));
    response.writeHead(answer.status, others).end(answer.body);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  origin = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
});
afterAll(() => listener.close());

beforeEach(() => {
  server = createSessionServer({ [USER]: { secret: SECRET }, [BY_KEY]: { publicKey } });
  transport = createTransport({ ca });
});
afterEach(() => transport.close());

const sessionAuth = (options: Partial<SessionAuthOptions> = {}) =>
  createSessionAuth({
    identity: USER,
    signer: createSecretKeySigner({ secret: SECRET }),
    origins: [origin],
    ...options,
  });

const put = (strategy: AuthStrategy, signal?: AbortSignal) =>
  transport.send(
    { method: "PUT", url: origin + RECORD, headers: {}, body: new TextEncoder().encode("{}") },
    { strategy, ...(signal ? { signal } : {}) },
  );
const statusOf = async (strategy: AuthStrategy) => (await put(strategy)).status;
const ten = <T>(run: () => Promise<T>) => Promise.all(Array.from({ length: 10 }, run));
const TEN_GOOD = Array.from({ length: 10 }, () => 200);

async function failureOf(promise: Promise<unknown>): Promise<HandleError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!isHandleError(error)) throw new Error(`no HandleError: ${inspect(error)}`);
  return error;
}

describe("a session", () => {
  it("is opened once for ten requests at once, and used by later ones", async () => {
    const strategy = sessionAuth();
    expect(await ten(() => statusOf(strategy))).toEqual(TEN_GOOD);
    const { body } = await put(strategy);
    expect(body && JSON.parse(decodeUtf8(body) ?? "")).toEqual({ responseCode: 1, as: USER });
    expect([server.count("POST", SESSIONS), server.count("PUT", THIS)]).toEqual([1, 1]);
    expect(server.count("PUT", RECORD)).toBe(11);
  });

  it.each(["PBKDF2WithHmacSHA1", "hmac-sha256", "SHA2"])("is opened with a secret by %s", async (alg) => {
    const strategy = sessionAuth({ signer: createSecretKeySigner({ secret: SECRET, alg }) });
    expect(await statusOf(strategy)).toBe(200);
  });

  it.each(["SHA-256", "SHA1"])("is opened with a private key by %s", async (alg) => {
    const strategy = sessionAuth({
      identity: BY_KEY,
      signer: createPrivateKeySigner({ key: privateKey, alg }),
    });
    expect(await statusOf(strategy)).toBe(200);
  });

  it("that the server has forgotten is renewed once for ten requests, with the challenge of a refusal", async () => {
    const strategy = sessionAuth();
    await put(strategy);
    server.sessions.clear();
    expect(await ten(() => statusOf(strategy))).toEqual(TEN_GOOD);
    expect([server.count("POST", SESSIONS), server.count("PUT", THIS)]).toEqual([1, 2]);
    expect(server.count("PUT", RECORD)).toBeLessThanOrEqual(1 + 20);
    expect(await statusOf(strategy)).toBe(200);
    expect(server.count("PUT", THIS)).toBe(2);
  });

  it("is opened again when the server has forgotten the challenge too", async () => {
    const strategy = sessionAuth();
    await put(strategy);
    server.sessions.clear();
    const { arrived, release } = server.hold("PUT", THIS);
    const status = statusOf(strategy);
    await arrived;
    server.sessions.clear();
    release();
    expect(await status).toBe(200);
    expect([server.count("POST", SESSIONS), server.count("PUT", THIS)]).toEqual([2, 3]);
  });

  it("is not renewed for a refusal of the previous one", async () => {
    const strategy = sessionAuth();
    await put(strategy);
    const { arrived, release } = server.hold("PUT", RECORD);
    const slow = statusOf(strategy);
    await arrived;
    server.sessions.clear();
    expect(await statusOf(strategy)).toBe(200);
    release();
    expect(await slow).toBe(200);
    expect(server.count("PUT", THIS)).toBe(2);
  });

  it("that is refused although it is new is reported after one repetition", async () => {
    server.deaf = true;
    expect(await statusOf(sessionAuth())).toBe(401);
    expect([server.count("PUT", RECORD), server.count("PUT", THIS)]).toEqual([2, 2]);
  });

  it("ends with close, once, and a later request opens another", async () => {
    const strategy = sessionAuth();
    await put(strategy);
    await Promise.all([strategy.close?.(), strategy.close?.()]);
    await strategy.close?.();
    expect([server.sessions.size, server.count("DELETE", THIS)]).toEqual([0, 1]);
    expect(await statusOf(strategy)).toBe(200);
  });

  it("that is being opened ends with close too", async () => {
    const strategy = sessionAuth();
    const { arrived, release } = server.hold("PUT", THIS);
    const status = statusOf(strategy).catch(() => 0);
    await arrived;
    const closed = strategy.close?.();
    release();
    await closed;
    await status;
    expect(server.count("DELETE", THIS)).toBe(1);
  });

  it("can be closed when the server is gone", async () => {
    const strategy = sessionAuth();
    await put(strategy);
    await transport.close();
    await strategy.close?.();
    expect(server.count("DELETE", THIS)).toBe(0);
  });
});

describe("a login", () => {
  it("that is refused fails all requests that wait for it, names user and reason, and is tried again by the next", async () => {
    server.keys[USER] = { secret: "S3CR3T-another" };
    const strategy = sessionAuth();
    const errors = await ten(() => failureOf(put(strategy)));
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set(["authentication_failed"]));
    expect(server.count("PUT", THIS)).toBe(1);
    const [error] = errors;
    expect(error?.message).toBe(`${origin} did not accept the login as ${USER}.`);
    expect(error?.hint).toContain('"Identity not verified"');
    expect([error?.status, error?.retryable]).toEqual([401, false]);
    expect(inspect(errors).includes("S3CR3T")).toBe(false);

    server.keys[USER] = { secret: SECRET };
    expect(await statusOf(strategy)).toBe(200);
  });

  it("that is refused at a renewal is not tried twice", async () => {
    const strategy = sessionAuth();
    await put(strategy);
    server.sessions.clear();
    server.keys[USER] = { secret: "S3CR3T-another" };
    expect((await failureOf(put(strategy))).code).toBe("authentication_failed");
    expect([server.count("POST", SESSIONS), server.count("PUT", THIS)]).toEqual([1, 2]);
  });

  it("continues for the others when the request that started it is aborted", async () => {
    const strategy = sessionAuth();
    const { arrived, release } = server.hold("POST", SESSIONS);
    const caller = new AbortController();
    const first = failureOf(put(strategy, caller.signal));
    await arrived;
    const second = statusOf(strategy);
    caller.abort();
    expect((await first).code).toBe("aborted");
    release();
    expect(await second).toBe(200);
    expect([server.count("POST", SESSIONS), server.count("PUT", RECORD)]).toEqual([1, 1]);
  });

  it("continues for the next request when no request waits any more", async () => {
    const strategy = sessionAuth();
    const { arrived, release } = server.hold("POST", SESSIONS);
    const caller = new AbortController();
    const first = failureOf(put(strategy, caller.signal));
    await arrived;
    caller.abort();
    await first;
    release();
    expect(await statusOf(strategy)).toBe(200);
    expect(server.count("POST", SESSIONS)).toBe(1);
  });

  it("continues under authFetch when the request that started it is aborted", async () => {
    const agent = new Agent({ connect: { ca } });
    const send = authFetch(sessionAuth(), {
      fetch: ((url: string, init: object) =>
        undiciFetch(url, { ...init, dispatcher: agent })) as typeof fetch,
    });
    const { arrived, release } = server.hold("POST", SESSIONS);
    const caller = new AbortController();
    const first = failureOf(send(origin + RECORD, { signal: caller.signal }));
    await arrived;
    const second = send(origin + RECORD);
    caller.abort();
    expect((await first).code).toBe("aborted");
    release();
    expect((await second).status).toBe(200);
    expect(server.count("POST", SESSIONS)).toBe(1);
    await agent.close();
  });
});

describe("a server that must prove itself", () => {
  const proving = () => sessionAuth({ verifyServer: { publicKey: server.publicKey } });

  it("does so at the login and at each renewal", async () => {
    const strategy = proving();
    expect(await statusOf(strategy)).toBe(200);
    server.sessions.clear();
    expect(await statusOf(strategy)).toBe(200);
    expect([server.count("POST", SESSIONS), server.count("PUT", THIS)]).toEqual([2, 2]);
  });

  it.each(["wrong", "none"] as const)("gets no answer when its proof is %s", async (proof) => {
    server.proof = proof;
    const error = await failureOf(put(proving()));
    expect(error.code).toBe("insecure_connection");
    expect(error.message).toContain(origin);
    expect([server.count("PUT", THIS), server.count("PUT", RECORD)]).toEqual([0, 0]);
  });
});
