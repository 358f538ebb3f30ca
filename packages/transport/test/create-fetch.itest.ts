import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { type AuthStrategy, encodeUtf8, secret } from "@handlekit/core";
import { type CreateFetchOptions, createFetch, type FetchLike } from "@handlekit/transport";
import { Agent, fetch as undiciFetch } from "undici";
import { beforeAll, describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { type Authority, type CertifiedKey, createAuthority } from "./certificates.ts";
import { CANARY, deferred, errorOf, findClosedPort, servePlain, serveRaw, serveTls } from "./servers.ts";

let authority: Authority;
let server: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority("CA of the tests");
  server = await authority.issue({ subject: "server", hosts: ["127.0.0.1"] });
});

function open(options: CreateFetchOptions = {}) {
  const send = createFetch({ ca: authority.certificate, ...options });
  onTestFinished(() => send.close());
  return send;
}

/** A strategy with a certificate that the server's CA has signed. */
async function certified(origin: string, more: Partial<AuthStrategy> = {}): Promise<AuthStrategy> {
  const { certificate, key } = await authority.issue({ subject: "300:20.500.12345/ADMIN" });
  return {
    scheme: "client-certificate",
    origins: [origin],
    tls: { certificate, key: secret(key) },
    authenticate: (request) => ({
      ...request,
      headers: { ...request.headers, authorization: `Basic ${CANARY}` },
    }),
    ...more,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** A server that requires a client certificate, and answers with the request it got. */
function serveCertified(): Promise<string> {
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request;
    const name = (request.socket as TLSSocket).getPeerX509Certificate()?.subject;
    const body = await readBody(request);
    response.end(
      JSON.stringify({ method, url, name, body, x: headers["x-test"], type: headers["content-type"] }),
    );
  };
  return serveTls(server, listener, { requestCert: true, ca: authority.certificate });
}

describe("createFetch", () => {
  it("carries the certificate of its strategy and trusts its CA", async () => {
    const origin = await serveCertified();
    const send = open({ strategy: await certified(origin) });
    const response = await send(`${origin}/api/handles/20.500.12345/abc?index=1`, { method: "DELETE" });
    expect([response instanceof Response, response.ok, response.url]).toEqual([
      true,
      true,
      `${origin}/api/handles/20.500.12345/abc?index=1`,
    ]);
    expect(await response.json()).toMatchObject({
      method: "DELETE",
      url: "/api/handles/20.500.12345/abc?index=1",
      name: "CN=300:20.500.12345/ADMIN",
      body: "",
    });
    expect((await errorOf(open()(origin, { method: "DELETE" }))).code).toMatch(
      /^tls_failed|^connection_failed/,
    );
    const noCa = open({ ca: undefined, strategy: await certified(origin) });
    expect((await errorOf(noCa(origin))).code).toBe("tls_untrusted");
  });

  it("accepts a URL or a Request, and a body of any kind", async () => {
    const origin = await serveCertified();
    const send = open({ strategy: await certified(origin) });
    const url = new URL(`${origin}/x`);
    const stream = () =>
      new ReadableStream({
        start(controller) {
          for (const text of ["con", "tent"]) controller.enqueue(encodeUtf8(text));
          controller.close();
        },
      });
    const init = { method: "PUT", headers: [["X-Test", "1"]] satisfies [string, string][] };
    for (const body of ["content", encodeUtf8("content"), encodeUtf8("content").buffer, stream()]) {
      expect(await (await send(url, { ...init, body })).json()).toMatchObject({ body: "content", x: "1" });
    }
    const request = () => new Request(url, { ...init, body: "content" });
    const type = "text/plain;charset=UTF-8";
    expect(await (await send(request())).json()).toMatchObject({
      method: "PUT",
      x: "1",
      body: "content",
      type,
    });
    expect(await (await send(request(), { method: "POST", body: "other" })).json()).toMatchObject({
      method: "POST",
      x: "1",
      body: "other",
    });
    expect(await (await send(url.href, request())).json()).toMatchObject({ method: "PUT", body: "content" });
  });

  it("sets the length itself and requests no compression, whatever the caller's headers say", async () => {
    const seen: unknown[] = [];
    const origin = await servePlain(({ headers }, response) => {
      seen.push(headers["content-length"], headers["accept-encoding"]);
      response.end();
    });
    const headers = { "Content-Length": "1", "Accept-Encoding": "gzip" };
    await open()(origin, { method: "POST", headers, body: "content" });
    expect(seen).toEqual(["7", "identity"]);
  });

  it("returns empty responses, repeated headers and every status but an impossible one", async () => {
    const origin = await servePlain(({ url }, response) => {
      response.setHeader("www-authenticate", ["A", "B"]);
      response.writeHead(Number(url?.slice(1, 4))).end();
    });
    const send = open();
    for (const status of [200, 204, 205, 304, 401, 404, 500, 599]) {
      const response = await send(`${origin}/${status}`, { method: "DELETE" });
      expect([response.status, response.headers.get("www-authenticate"), await response.text()]).toEqual([
        status,
        "A, B",
        "",
      ]);
    }
    expect(await errorOf(send(`${origin}/999?${CANARY}`))).toMatchObject({
      code: "protocol_error",
      status: 999,
      message: `${origin} answered GET /999 with the status 999, which a Response cannot have.`,
    });
  });

  it.each(["follow", "error", "manual"] as const)("does not follow redirects with %s", async (redirect) => {
    const seen: (string | undefined)[] = [];
    const origin = await serveTls(server, ({ url }, response) => {
      seen.push(url);
      response.writeHead(307, { location: "/new" }).end();
    });
    const response = await open({ strategy: await certified(origin) })(`${origin}/old`, { redirect });
    expect([response.status, response.headers.get("location")]).toEqual([307, "/new"]);
    expect(seen).toEqual(["/old"]);
  });

  it("sends again when the strategy asks to", async () => {
    const seen: string[] = [];
    const origin = await serveTls(server, async (request, response) => {
      seen.push(await readBody(request));
      response.writeHead(seen.length === 1 ? 401 : 200).end();
    });
    const settle: AuthStrategy["settle"] = ({ status }) => (status === 401 ? "resend" : "accept");
    const send = open({ strategy: await certified(origin, { settle }) });
    const body = new Blob(["content"]).stream();
    expect((await send(origin, { method: "POST", body })).status).toBe(200);
    expect(seen).toEqual(["content", "content"]);
  });

  it("sends no credentials to another server", async () => {
    const send = open({ strategy: await certified("https://handle.example.org") });
    expect((await errorOf(send("https://127.0.0.1:1/"))).code).toBe("insecure_connection");
  });

  it("rejects with the error codes of the transport", async () => {
    const refused = await errorOf(open()(`https://127.0.0.1:${await findClosedPort()}/?${CANARY}`));
    expect(refused).toMatchObject({ code: "connection_refused", retryable: true });
    const port = await serveRaw((socket) => socket.resume());
    const slow = open({ timeouts: { attempt: 100 } });
    expect((await errorOf(slow(`http://127.0.0.1:${port}/`, { method: "PUT" }))).code).toBe("timeout");
  });

  it("ends with the signal of its init or of its Request", async () => {
    for (const asRequest of [true, false]) {
      const arrived = deferred<IncomingMessage>();
      const origin = await servePlain((request) => arrived.resolve(request));
      const controller = new AbortController();
      const init = { method: "PUT", signal: controller.signal };
      const send = open();
      const error = errorOf(asRequest ? send(new Request(origin, init)) : send(origin, init));
      const { socket } = await arrived.promise;
      const closed = new Promise((resolve) => socket.once("close", resolve));
      controller.abort();
      expect((await error).code).toBe("aborted");
      await closed;
    }
  });

  it("ends with the signal while it reads a body that never ends", async () => {
    const pulled = deferred<void>();
    const body = new ReadableStream({ pull: () => pulled.resolve() });
    const controller = new AbortController();
    const address = "https://handle.example.org/x";
    const init = { method: "PUT", body, signal: controller.signal };
    const error = errorOf(open()(`${address}?${CANARY}`, init));
    await pulled.promise;
    controller.abort();
    expect(await error).toMatchObject({ code: "aborted", message: `PUT ${address} was aborted.` });
    const early = { method: "PUT", body: "x", signal: AbortSignal.abort() };
    expect((await errorOf(open()(address, early))).code).toBe("aborted");
  });

  it("reports a body that fails, with its own error as the cause", async () => {
    const cause = new Error("the disk is full");
    const body = new ReadableStream({ pull: () => Promise.reject(cause) });
    const error = await errorOf(open()("https://handle.example.org/x", { method: "PUT", body }));
    expect([error.code, error.cause]).toEqual(["invalid_options", cause]);
  });

  it("is aborted once it is closed, and leaves the strategy open", async () => {
    const origin = await serveTls(server, (_request, response) => response.end());
    let closed = false;
    const close = async () => {
      closed = true;
    };
    const send = open({ strategy: await certified(origin, { close }) });
    await send(origin);
    await send.close();
    const error = await errorOf(send(origin));
    expect([error.code, error.message.includes("the transport was closed")]).toEqual(["aborted", true]);
    expect(closed).toBe(false);
  });
});

describe("types", () => {
  it("accept the platform's fetch, undici's and a custom function", async () => {
    expectTypeOf<typeof globalThis.fetch>().toExtend<FetchLike>();
    expectTypeOf(createFetch()).toExtend<typeof globalThis.fetch>();
    const origin = await serveTls(server, (_request, response) => response.end("by undici"));
    const dispatcher = new Agent({ connect: { ca: authority.certificate } });
    onTestFinished(() => dispatcher.close());
    const byUndici = open({ ca: undefined, fetch: (url, init) => undiciFetch(url, { ...init, dispatcher }) });
    expect(await (await byUndici(origin)).text()).toBe("by undici");
    const own = open({ ca: undefined, fetch: async (url, { method }) => new Response(`${method} ${url}`) });
    expect(await (await own(origin)).text()).toBe(`GET ${origin}/`);
  });
});
