import { inspect } from "node:util";
import { createSecretKeySigner, createSessionAuth, type SessionAuthOptions } from "@handlekit/auth/session";
import {
  type AuthContext,
  encodeUtf8,
  exchange,
  type HandleError,
  isHandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { describeAuthStrategy } from "@handlekit/testing";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createSessionServer } from "./session-server.ts";

const USER = "300:20.500.12345/USER1";
const SECRET = "S3CR3T-of-sessions";
const ORIGIN = "https://handle.example.org:8000";
const REQUEST: WireRequest = { method: "GET", url: `${ORIGIN}/api/handles/20.500.12345/abc`, headers: {} };
const signer = createSecretKeySigner({ secret: SECRET, alg: "HMAC-SHA256" });

const sessionAuth = (options: Partial<SessionAuthOptions> = {}) =>
  createSessionAuth({ identity: USER, signer, origins: [ORIGIN], ...options });

async function failureOf(promise: Promise<unknown>): Promise<HandleError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!isHandleError(error)) throw new Error(`no HandleError: ${inspect(error)}`);
  return error;
}

describeAuthStrategy(
  "session",
  {
    create: (origin) =>
      createSessionAuth({
        identity: USER,
        signer: createSecretKeySigner({ secret: SECRET }),
        origins: [origin],
      }),
    secrets: ["S3CR3T", btoa("S3CR3T").slice(0, 6)],
    respond: createSessionServer({ [USER]: { secret: SECRET } }).respond,
  },
  { describe, it, expect },
);

describe("the time-out", () => {
  afterEach(() => void vi.useRealTimers());
  const setUp = () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const server = createSessionServer({ [USER]: { secret: SECRET } });
    return { server, context: { send: server.respond } };
  };

  it.each([
    ["POST", "/api/sessions"],
    ["PUT", "/api/sessions/this"],
  ])(
    "ends a login in %s for all requests that wait for it, and the next request tries again",
    async (method, path) => {
      const { server, context } = setUp();
      const strategy = sessionAuth();
      const { arrived, release } = server.hold(method, path);
      const failures = [1, 2].map(() => failureOf(exchange(strategy, REQUEST, context)));
      await arrived;
      await vi.advanceTimersByTimeAsync(9999);
      const late = failureOf(exchange(strategy, REQUEST, context));
      await vi.advanceTimersByTimeAsync(1);
      for (const { code, retryable, message } of await Promise.all([...failures, late])) {
        expect([code, retryable]).toEqual(["timeout", true]);
        expect(message).toBe(`Logging in to ${ORIGIN} as ${USER} took longer than 10000 ms.`);
      }
      const before = server.count("PUT", "/api/sessions/this");
      release();
      expect((await exchange(strategy, REQUEST, context)).status).toBe(200);
      expect(server.count("PUT", "/api/sessions/this")).toBe(before + 1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it("ends a logout", async () => {
    const { server, context } = setUp();
    const strategy = sessionAuth({ timeout: 50 });
    await exchange(strategy, REQUEST, context);
    const { arrived } = server.hold("DELETE", "/api/sessions/this");
    const closed = strategy.close?.();
    await arrived;
    await vi.advanceTimersByTimeAsync(50);
    await closed;
    expect(server.sessions.size).toBe(1);
  });
});

describe("createSessionAuth", () => {
  it("refuses unusable options at once", () => {
    const codeOf = (options: Partial<SessionAuthOptions>) => {
      try {
        sessionAuth(options);
        return undefined;
      } catch (error) {
        return isHandleError(error) ? error.code : "none";
      }
    };
    expect(codeOf({ identity: "nobody" })).toBe("invalid_reference");
    expect(codeOf({ origins: [] })).toBe("invalid_options");
    expect(codeOf({ origins: ["http://h.example"] })).toBe("insecure_connection");
    for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])
      expect(codeOf({ timeout })).toBe("invalid_options");
    for (const sessionsPath of ["", "api", "//elsewhere.example/x", "/a/../b", "/a?b", "/a#b", "https://h/x"])
      expect(codeOf({ sessionsPath })).toBe("invalid_options");
  });

  it("has a session with each server, and sends its id to that server only", async () => {
    const origins = [ORIGIN, "https://mirror.example.org"];
    const servers = new Map(
      origins.map((origin) => [origin, createSessionServer({ [USER]: { secret: SECRET } })]),
    );
    const context: AuthContext = {
      send: async (request) =>
        (await servers.get(new URL(request.url).origin)?.respond(request)) ?? { status: 500, headers: {} },
    };
    const strategy = sessionAuth({ origins });
    for (const origin of [...origins, ...origins]) {
      const { status } = await exchange(strategy, { ...REQUEST, url: `${origin}/api/handles/a/b` }, context);
      expect(status).toBe(200);
    }
    for (const server of servers.values()) {
      expect([server.count("POST", "/api/sessions"), server.seen.length]).toEqual([1, 4]);
    }
    await strategy.close?.();
    for (const server of servers.values()) expect(server.sessions.size).toBe(0);
  });

  it("refuses a foreign origin even without exchange", async () => {
    const context = { send: () => Promise.reject(new Error("was sent")) };
    const strategy = sessionAuth();
    for (const url of ["https://elsewhere.example/", "http://handle.example.org:8000/", "nonsense"]) {
      const attempt = async () => strategy.authenticate({ ...REQUEST, url }, context);
      expect((await failureOf(attempt())).code).toBe("insecure_connection");
    }
  });

  it("logs in at the path of the sessions API", async () => {
    const paths: string[] = [];
    const strategy = sessionAuth({ sessionsPath: "/handle/api/sessions/" });
    await failureOf(
      exchange(strategy, REQUEST, {
        send: async ({ method, url }) => {
          paths.push(`${method} ${url}`);
          const body = encodeUtf8('{"sessionId":"a","nonce":"YWJj"}');
          return { status: method === "POST" ? 201 : 401, headers: {}, body };
        },
      }),
    );
    expect(paths).toEqual([`POST ${ORIGIN}/handle/api/sessions`, `PUT ${ORIGIN}/handle/api/sessions/this`]);
  });

  it("starts no login for a request that has been aborted", async () => {
    const server = createSessionServer({});
    const context = { send: server.respond, signal: AbortSignal.abort() };
    expect((await failureOf(exchange(sessionAuth(), REQUEST, context))).code).toBe("aborted");
    expect(server.seen).toEqual([]);
  });

  it("accepts a 401 without a Handle challenge", async () => {
    const server = createSessionServer({ [USER]: { secret: SECRET } });
    const send = async (request: WireRequest): Promise<WireResponse> =>
      request.url === REQUEST.url
        ? { status: 401, headers: { "www-authenticate": 'Basic realm="a proxy"' } }
        : server.respond(request);
    const strategy = sessionAuth();
    for (const _ of [1, 2]) expect((await exchange(strategy, REQUEST, { send })).status).toBe(401);
    expect(server.count("POST", "/api/sessions")).toBe(1);
  });

  it("logs the login, but neither the session nor the secret", async () => {
    const server = createSessionServer({ [USER]: { secret: SECRET } });
    const told: unknown[] = [];
    const tell = (...what: unknown[]) => void told.push(what);
    const log = { debug: tell, info: tell, warn: tell, error: tell };
    await exchange(sessionAuth(), REQUEST, { send: server.respond, log });
    expect(told).toEqual([["Logged in.", { origin: ORIGIN, identity: USER }]]);
  });

  it("reports a failing signer, with its own error as the cause", async () => {
    const server = createSessionServer({});
    const cause = new Error("the card was pulled");
    const own = { type: "HS_PUBKEY", alg: "SHA-256", sign: () => Promise.reject(cause) } as const;
    const error = await failureOf(exchange(sessionAuth({ signer: own }), REQUEST, { send: server.respond }));
    expect([error.code, error.cause]).toEqual(["strategy_failed", cause]);
    expect(error.message).toContain(USER);
  });

  const opened = '{"sessionId":"node01","nonce":"YWJj"}';
  it.each<[string, number, string, number, string, string]>([
    ["is busy", 503, "", 0, "", "server_busy"],
    ["limits logins", 429, '{"responseCode":3}', 0, "", "server_busy"],
    ["limits logins at the answer", 201, opened, 429, "", "server_busy"],
    ["is broken", 500, "", 0, "", "server_error"],
    ["has no sessions", 404, "<html>", 0, "", "not_supported"],
    ["answers with something else", 200, "<html>", 0, "", "protocol_error"],
    ["has no nonce", 201, '{"sessionId":"node01"}', 0, "", "protocol_error"],
    [
      "has a session id for no header",
      201,
      '{"sessionId":"a\\r\\nb","nonce":"YWJj"}',
      0,
      "",
      "protocol_error",
    ],
    ["is busy at the answer", 201, opened, 503, "", "server_busy"],
    ["refuses without a word", 201, opened, 403, "", "authentication_failed"],
    ["says neither yes nor no", 201, opened, 200, "{}", "authentication_failed"],
    ["says yes and no", 201, opened, 200, '{"authenticated":true,"error":"x"}', "authentication_failed"],
  ])("reports a server that %s", async (_what, status, body, putStatus, putBody, code) => {
    const send = async ({ method }: WireRequest): Promise<WireResponse> =>
      method === "POST"
        ? { status, headers: {}, body: encodeUtf8(body) }
        : { status: putStatus, headers: {}, body: encodeUtf8(putBody) };
    const error = await failureOf(exchange(sessionAuth(), REQUEST, { send }));
    expect([error.code, error.retryable]).toEqual([code, code.startsWith("server_")]);
    expect(error.message).toContain(ORIGIN);
  });

  it("says how long a server that limits logins wants to wait", async () => {
    const send = async () => ({ status: 429, headers: { "retry-after": "42" } });
    const error = await failureOf(exchange(sessionAuth(), REQUEST, { send }));
    expect(error.message).toContain("refuses logins from this computer for now (HTTP 429)");
    expect(error.hint).toContain("try again in 42 s");
  });

  it("throws only HandleErrors, whatever the server answers", async () => {
    const json = fc.record({
      sessionId: fc.oneof(fc.string(), fc.constant("node01")),
      nonce: fc.oneof(fc.base64String(), fc.anything()),
      authenticated: fc.anything(),
      error: fc.oneof(fc.string(), fc.anything()),
    });
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      json.map((value) => {
        try {
          return JSON.stringify(value);
        } catch {
          return "[";
        }
      }),
    );
    const response = fc.record({
      status: fc.constantFrom(200, 201, 401, 403, 500),
      text,
      challenge: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(response, { minLength: 6, maxLength: 6 }), async (responses) => {
        let at = 0;
        const send = async (): Promise<WireResponse> => {
          const { status = 200, text: body = "", challenge = "" } = responses[at++] ?? {};
          const headers = { "www-authenticate": `Handle sessionId="a", nonce="YWJj", ${challenge}` };
          return { status, headers, body: encodeUtf8(body) };
        };
        await exchange(sessionAuth(), REQUEST, { send }).catch((error: unknown) => {
          expect(isHandleError(error)).toBe(true);
          expect(isHandleError(error, "strategy_failed")).toBe(false);
        });
      }),
    );
  });
});
