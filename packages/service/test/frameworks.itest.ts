import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createBasicAuth } from "@handlekit/auth/basic";
import { createSecretKeySigner, createSessionAuth } from "@handlekit/auth/session";
import { type AuthStrategy, encodeUtf8 } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createHandleService, type HandleService, type ServiceEvent } from "@handlekit/service";
import { createFetchHandler } from "@handlekit/service/fetch";
import { createNodeListener, type NodeListenerOptions } from "@handlekit/service/node";
import { createTransport } from "@handlekit/transport";
import { createAdaptorServer } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, PASSWORD, PREFIX } from "./support.ts";

let tls: { readonly key: string; readonly cert: string };

beforeAll(async () => {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const cert = await createSelfSignedCertificate({ privateKey, subject: "server", hosts: ["127.0.0.1"] });
  tls = { key: new TextDecoder().decode(privateKey.reveal()), cert };
});

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** Listens on loopback until the test ends. */
async function listening(
  server: Pick<Server, "listen" | "address" | "close">,
  scheme = "https",
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ended.push(() => server.close());
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const over = (listener: RequestListener) => createServer(tls, listener);

/** Mounts a service in each framework, under `/hdl`, as in the README. */
const MOUNTS: Readonly<Record<string, (service: HandleService) => Promise<string>>> = {
  "Express, behind express.json()": (service) => {
    const app = express();
    app.use(express.json());
    app.use("/hdl", createNodeListener(service));
    return listening(over(app));
  },
  "Fastify, with the body that it parsed": async (service) => {
    const app = fastify({ https: tls });
    const listener = createNodeListener(service);
    app.all("/hdl/*", (request, reply) => {
      reply.hijack();
      listener(Object.assign(request.raw, { body: request.body }), reply.raw);
    });
    ended.push(() => app.close());
    return app.listen({ port: 0, host: "127.0.0.1" });
  },
  Koa: (service) => {
    const app = new Koa();
    const listener = createNodeListener(service);
    app.use((context) => {
      context.respond = false;
      listener(context.req, context.res);
    });
    return listening(over(app.callback()));
  },
  Hono: (service) => {
    const app = new Hono();
    // Hono speaks plain HTTP to its adapter: only the code that creates the listener knows that it is TLS.
    const handler = createFetchHandler(service, { connection: () => ({ secure: true }) });
    app.all("/hdl/*", (context) => handler(context.req.raw));
    return listening(createAdaptorServer({ fetch: app.fetch, createServer, serverOptions: tls }) as Server);
  },
};

/** Requests to a mounted service as an administrator. */
function createClient(origin: string, strategy?: AuthStrategy) {
  const transport = createTransport({ ca: tls.cert });
  ended.push(() => transport.close());
  ended.push(() => strategy?.close?.());
  return async (method: string, target: string, body?: unknown) => {
    const response = await transport.send(
      {
        method,
        url: origin + target,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: encodeUtf8(JSON.stringify(body)) }),
      },
      strategy === undefined ? {} : { strategy },
    );
    return { ...response, text: new TextDecoder().decode(response.body) };
  };
}

const byPassword = (origin: string) =>
  createBasicAuth({ identity: ADMIN, password: PASSWORD, origins: [origin] });
const bySession = (origin: string) =>
  createSessionAuth({
    identity: ADMIN,
    signer: createSecretKeySigner({ secret: PASSWORD }),
    origins: [origin],
    sessionsPath: "/hdl/api/sessions",
  });

const API = `/hdl/api/handles/${PREFIX}`;
const VALUES = [{ index: 1, type: "URL", data: "https://example.org/new" }, admin()];

describe.each(Object.entries(MOUNTS))("in %s", (_, mount) => {
  async function mounted() {
    const events: ServiceEvent[] = [];
    const { store } = await createFixture();
    const service = createHandleService({ store, basePath: "/hdl", observe: (event) => events.push(event) });
    return { origin: await mount(service), events };
  }

  it("reads and redirects", async () => {
    const { origin, events } = await mounted();
    const ask = createClient(origin);
    const { status, text } = await ask("GET", `${API}/Record?index=1`);
    expect([status, JSON.parse(text).values[0].data.value]).toEqual([200, "https://example.org/"]);
    expect((await ask("HEAD", `${API}/Record`)).status).toBe(200);
    const page = await ask("GET", `/hdl/${PREFIX}/Record?noredirect`);
    expect(page.text).toContain(`href="/hdl/api/handles/${PREFIX}/Record?pretty"`);
    expect(events.map(({ route, handle, status: of }) => [route, handle, of])).toEqual([
      ["/api/handles/{handle}", `${PREFIX}/Record`, 200],
      ["/api/handles/{handle}", `${PREFIX}/Record`, 200],
      ["/{handle}", `${PREFIX}/Record`, 200],
    ]);
  });

  it.each([
    ["password", byPassword],
    ["session", bySession],
  ] as const)("writes with a login by %s, and refuses without", async (_by, strategy) => {
    const { origin, events } = await mounted();
    const ask = createClient(origin, strategy(origin));
    expect((await ask("PUT", `${API}/New`, VALUES)).status).toBe(201);
    expect((await ask("PUT", `${API}/New?index=various`, [{ ...VALUES[0], index: 2 }])).status).toBe(201);
    expect((await ask("DELETE", `${API}/New?index=1`)).status).toBe(200);
    const { text } = await ask("GET", `${API}/New`);
    expect(JSON.parse(text).values.map(({ index }: { index: number }) => index)).toEqual([2, 100]);
    const refused = await createClient(origin)("PUT", `${API}/Other`, VALUES);
    expect([refused.status, refused.headers["www-authenticate"]]).toEqual([
      401,
      expect.stringMatching(/^Basic realm="handle", Handle sessionId=/),
    ]);
    const written = events.filter(({ method, status }) => method === "PUT" && status === 201);
    expect(written.map(({ identity }) => identity?.handle)).toEqual([`${PREFIX}/ADMIN`, `${PREFIX}/ADMIN`]);
  });
});

/** Creates a service that writes without a login, to check the requests that reach it. */
async function open(options: NodeListenerOptions = {}) {
  const { store } = await createFixture();
  const events: ServiceEvent[] = [];
  const service = createHandleService({ store, observe: (event) => events.push(event) });
  return { service, listener: createNodeListener(service, options), events };
}

const put = (url: string, headers: Record<string, string> = {}, body = JSON.stringify(VALUES)) =>
  fetch(url, { method: "PUT", body, headers: { "content-type": "application/json", ...headers } });

describe("a body that was already read", () => {
  it.each([
    ["parsed JSON", express.json()],
    ["text", express.text({ type: () => true })],
    ["bytes", express.raw({ type: () => true })],
  ])("is taken from request.body as %s", async (_, parser) => {
    const { listener } = await open({ connection: () => ({ secure: true }) });
    const app = express();
    app.use(parser, listener);
    const origin = await listening(createHttpServer(app), "http");
    const login = { authorization: `Basic ${btoa(`${encodeURIComponent(ADMIN)}:${PASSWORD}`)}` };
    const url = `${origin}/api/handles/${PREFIX}/Parsed`;
    expect((await put(url, login)).status).toBe(201);
    const { values } = (await (await fetch(url)).json()) as { values: { data: { value: string } }[] };
    expect(values[0]?.data.value).toBe("https://example.org/new");
  });

  it("may be a form", async () => {
    const { listener } = await open();
    const app = express();
    app.use(express.urlencoded({ extended: true }), listener);
    const origin = await listening(createHttpServer(app), "http");
    const body = new URLSearchParams([
      ["hdl", `${PREFIX}/Record`],
      ["noredirect", "true"],
    ]);
    expect(await (await fetch(origin, { method: "POST", body })).text()).toContain("Handle record");
  });

  it("is limited, too", async () => {
    const { listener } = await open({ maxBodyBytes: 1000 });
    const app = express();
    app.use(express.json(), listener);
    const origin = await listening(createHttpServer(app), "http");
    const url = `${origin}/api/handles/${PREFIX}/Large`;
    expect((await put(url, {}, JSON.stringify(["x".repeat(1000)]))).status).toBe(413);
  });

  it("is a 500 with a message if it is missing, and the request does not hang", async () => {
    const { listener, events } = await open();
    const app = fastify();
    app.all("/*", (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    });
    ended.push(() => app.close());
    const origin = await app.listen({ port: 0, host: "127.0.0.1" });
    const response = await put(`${origin}/api/handles/${PREFIX}/Gone`);
    expect([response.status, await response.json()]).toEqual([
      500,
      { responseCode: 2, message: expect.stringContaining("before body parsers") },
    ]);
    expect(events.map(({ status, path }) => [status, path])).toEqual([[500, `/api/handles/${PREFIX}/Gone`]]);
    expect((await fetch(`${origin}/api/handles/${PREFIX}/Record`)).status).toBe(200);
  });

  it("is a 500 with a message for a Request, too", async () => {
    const { service } = await open();
    const request = new Request("https://h.example/api/handles/x", { method: "PUT", body: "[]" });
    await request.text();
    const response = await createFetchHandler(service)(request);
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining("body parsers")]);
  });
});

describe("behind a proxy that terminates TLS", () => {
  const connection: NodeListenerOptions["connection"] = ({ headers }) => ({
    secure: headers["x-forwarded-proto"] === "https",
    remoteAddress: String(headers["x-forwarded-for"]),
  });

  it("accepts logins if the proxy says https, and reports the address of the client", async () => {
    const { listener, events } = await open({ connection });
    const origin = await listening(createHttpServer(listener), "http");
    const login = { authorization: `Basic ${btoa(`${encodeURIComponent(ADMIN)}:${PASSWORD}`)}` };
    const url = `${origin}/api/handles/${PREFIX}/Proxied`;
    const from = (proto: string) => ({
      ...login,
      "x-forwarded-proto": proto,
      "x-forwarded-for": "192.0.2.9",
    });
    expect((await put(url, from("http"))).status).toBe(403);
    expect((await put(url, from("https"))).status).toBe(201);
    expect(events.map(({ remoteAddress, identity }) => [remoteAddress, identity?.index])).toEqual([
      ["192.0.2.9", undefined],
      ["192.0.2.9", 300],
    ]);
  });

  it("responds with 500 and continues if the function fails", async () => {
    const { listener } = await open({
      connection: () => {
        throw new Error("no header");
      },
    });
    const origin = await listening(createHttpServer(listener), "http");
    for (let i = 0; i < 2; i++) {
      const response = await fetch(`${origin}/api/handles/${PREFIX}/Record`);
      expect([response.status, await response.json()]).toEqual([
        500,
        { responseCode: 2, message: "Unexpected server error" },
      ]);
    }
  });
});
