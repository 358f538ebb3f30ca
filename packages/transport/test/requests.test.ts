import { type AuthStrategy, isHandleError, type WireRequest } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CANARY, errorOf } from "./servers.ts";

const URL_OF_A_HANDLE = "https://handle.example.org:8000/api/handles/20.500.12345/a";

/** A transport over a fetch with a given response, and the requests that it got. */
function recorded(answer: () => Response = () => new Response()) {
  const requests: Request[] = [];
  const transport = createTransport({
    maxResponseBytes: 100,
    fetch: async (input, init) => {
      requests.push(new Request(input, init));
      return answer();
    },
  });
  const send = (more: Partial<WireRequest> = {}, strategy?: AuthStrategy) =>
    transport.send(
      { method: "GET", url: URL_OF_A_HANDLE, headers: {}, ...more },
      strategy ? { strategy } : {},
    );
  return { requests, send };
}

describe("a request", () => {
  it.each([
    ["is not absolute", { url: `/api/handles/x?${CANARY}` }],
    ["is not http", { url: `ftp://example.org/${CANARY}` }],
    ["holds a password", { url: `https://user:${CANARY}@example.org/` }],
    ["has a part that is two dots", { url: "https://example.org/api/handles/20.5/../x" }],
    ["has a part that is two dots in disguise", { url: "https://example.org/api/handles/20.5/%2e%2E" }],
    ["has an unknown method", { method: `GET ${CANARY}` }],
    ["would tunnel", { method: "CONNECT" }],
    ["smuggles a header", { headers: { "x-a": `1\r\nauthorization: ${CANARY}` } }],
    ["smuggles a header in a name", { headers: { [`x-a: ${CANARY}\r\nx-b`]: "1" } }],
    ["has letters beyond Latin-1 in a header", { headers: { "x-a": `${CANARY}€` } }],
    ["sets its own length", { headers: { "content-length": "1" } }],
    ["sets its own host", { headers: { host: "elsewhere.example.org" } }],
  ])("that %s is refused and not sent", async (_what, more) => {
    const { requests, send } = recorded();
    const error = await errorOf(send(more));
    expect(error).toMatchObject({ code: "invalid_options", retryable: false });
    expect(requests).toEqual([]);
  });

  it("with dots in its query or within a part is sent as it is", async () => {
    const { requests, send } = recorded();
    const url = `${URL_OF_A_HANDLE}..b%2F..%2Fc?index=/../`;
    await send({ url });
    expect(requests.map((request) => request.url)).toEqual([url]);
  });

  it("gets no header from a strategy that HTTP does not allow", async () => {
    const { requests, send } = recorded();
    const strategy: AuthStrategy = {
      scheme: "careless",
      origins: ["https://handle.example.org:8000"],
      authenticate: (request) => ({ ...request, headers: { authorization: `Basic ${CANARY}\n` } }),
    };
    expect((await errorOf(send({}, strategy))).code).toBe("invalid_options");
    expect(requests).toEqual([]);
  });

  it("is sent whole, or refused without showing its headers or query", async () => {
    const { send } = recorded();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), async (value, query) => {
        const request = {
          url: `${URL_OF_A_HANDLE}?${CANARY}${query}`,
          headers: { "x-a": `${CANARY}${value}` },
        };
        await send(request).catch((error: unknown) => errorOf(Promise.reject(error)));
      }),
    );
  });
});

describe("an answer by fetch", () => {
  it("is no longer than is allowed", async () => {
    const { send } = recorded(() => new Response("x".repeat(101)));
    expect((await errorOf(send())).code).toBe("too_large");
    expect((await recorded(() => new Response("x".repeat(100))).send()).body).toHaveLength(100);
  });

  it("has repeated cookies joined, and no content-encoding, which fetch has decoded", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["content-encoding", "gzip"],
      ["content-length", "7"],
    ]);
    const response = await recorded(() => new Response(null, { headers })).send();
    expect(response).toEqual({ status: 200, headers: { "set-cookie": "a=1, b=2" } });
  });

  it("that a browser hides because it redirects is an error", async () => {
    const { send } = recorded(() =>
      Object.defineProperty(Response.error(), "type", { value: "opaqueredirect" }),
    );
    expect((await errorOf(send())).code).toBe("redirected");
  });
});

describe("an error of fetch", () => {
  const coded = (code: string) => Object.assign(new Error(`${URL_OF_A_HANDLE}?${CANARY}`), { code });

  it.each<[string, unknown, string]>([
    ["Node's", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }), "connection_refused"],
    [
      "Node's for several addresses",
      new TypeError("fetch failed", { cause: new AggregateError([coded("ECONNREFUSED")], CANARY) }),
      "connection_refused",
    ],
    ["Node's about a name", new TypeError("x", { cause: coded("ENOTFOUND") }), "host_not_found"],
    ["Bun's", coded("ConnectionRefused"), "connection_refused"],
    ["Bun's about a certificate", coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls_untrusted"],
    [
      "Deno's about a certificate",
      new TypeError(`error sending request for url (${CANARY}): invalid peer certificate: UnknownIssuer`),
      "tls_untrusted",
    ],
    [
      "Deno's about time",
      new TypeError(`x (${CANARY}): invalid peer certificate: certificate expired: verification time 1`),
      "tls_expired",
    ],
    [
      "Deno's about a host",
      new TypeError(`x (${CANARY}): invalid peer certificate: certificate not valid for name "a"`),
      "tls_host_name",
    ],
    [
      "Deno's about a port",
      new TypeError(`x: tcp connect error: Connection refused (os error 111)`),
      "connection_refused",
    ],
    ["a browser's", new TypeError("Failed to fetch"), "connection_failed"],
    ["anything but an error", CANARY, "connection_failed"],
    [
      "one with the request in it",
      { code: "ETIMEDOUT", request: { headers: { authorization: CANARY } } },
      "timeout",
    ],
  ])("is classified: %s", async (_whose, thrown, code) => {
    const { send } = recorded(() => {
      throw thrown;
    });
    const error = await errorOf(send());
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
    expect(error.cause).toBe(undefined);
    expect(isHandleError(error)).toBe(true);
  });

  it("may be repeated after a read, and after a write only when nothing was sent", async () => {
    const failing = (code: string) =>
      recorded(() => {
        throw coded(code);
      }).send;
    expect((await errorOf(failing("ECONNRESET")())).retryable).toBe(true);
    expect((await errorOf(failing("ECONNRESET")({ method: "POST" }))).retryable).toBe(false);
    expect((await errorOf(failing("ECONNREFUSED")({ method: "POST" }))).retryable).toBe(true);
    expect((await errorOf(failing("CERT_HAS_EXPIRED")())).retryable).toBe(false);
  });
});
