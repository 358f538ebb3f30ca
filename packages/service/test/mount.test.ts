import { isHandleError } from "@handlekit/core";
import { createHandleService, openMemory, type ServiceEvent } from "@handlekit/service";
import { createFetchHandler } from "@handlekit/service/fetch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMount } from "../src/http/mount.ts";
import { createLog } from "./resolver-support.ts";
import { createFixture, headerOf, PREFIX, path, seed } from "./support.ts";

const get = (target: string, headers: Readonly<Record<string, string>> = {}) => ({
  method: "GET",
  target,
  headers,
  body: new Uint8Array(),
  connection: { secure: true },
});
const text = ({ body }: { readonly body: Uint8Array }) => new TextDecoder().decode(body);

describe("basePath", () => {
  it("is removed from each path, and other paths are 404", async () => {
    const { service } = await createFixture({ basePath: "/hdl/v1" });
    expect((await service.respond(get(`/hdl/v1${path("Record")}`))).status).toBe(200);
    expect((await service.respond(get("/hdl/v1"))).status).toBe(200);
    for (const outside of [path("Record"), "/", "/hdl/v1x/", "/hdl", "/HDL/v1/"]) {
      const answer = await service.respond(get(outside));
      expect([answer.status, JSON.parse(text(answer))]).toEqual([
        404,
        {
          responseCode: 4,
          message:
            "This service is mounted under /hdl/v1, and the path of the request does not begin with it",
        },
      ]);
    }
  });

  it("is in every link, redirect and URL of a response", async () => {
    const { service, store } = await createFixture({ basePath: "/hdl/" });
    await seed(store, `${PREFIX}/Alias`, [{ index: 1, type: "HS_ALIAS", data: `${PREFIX}/Record` }]);
    await seed(store, `${PREFIX}/Plain`, [{ index: 1, type: "HS_ALIAS", data: "" }]);
    const hrefs = [];
    for (const target of [
      "/hdl/",
      `/hdl/${PREFIX}/Record?noredirect`,
      `/hdl/${PREFIX}/None`,
      "/hdl/20.5/x",
    ]) {
      const links = text(await service.respond(get(target))).matchAll(/(?:href|action)="([^"]*)"/g);
      hrefs.push(...[...links].map(([, href]) => href ?? ""));
    }
    const own = hrefs.filter((href) => !href.startsWith("https://"));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((href) => !href.startsWith("/hdl/"))).toEqual([]);
    const alias = await service.respond(get(`/hdl/${PREFIX}/Alias`, { host: "h.example:8000" }));
    expect(headerOf(alias, "Location")).toBe(`https://h.example:8000/hdl/${PREFIX}/Record`);
    const session = await service.respond({ ...get("/hdl/api/sessions"), method: "POST" });
    expect(headerOf(session, "Location")).toBe("/hdl/api/sessions/this");
  });

  it.each(["hdl", "/hdl?x", "//", "/a b", "/#x", 5])("cannot be %j", (basePath) => {
    try {
      createHandleService({ store: openMemory().store, basePath: basePath as string });
      expect.unreachable();
    } catch (error) {
      expect(isHandleError(error, "invalid_options") && error.message).toContain("basePath");
    }
  });
});

describe("publicUrl", () => {
  it("is the URL of links if a proxy removes the path", async () => {
    const { service, store } = await createFixture({ publicUrl: "https://example.org/hdl/" });
    await seed(store, `${PREFIX}/Alias`, [{ index: 1, type: "HS_ALIAS", data: `${PREFIX}/Record` }]);
    const alias = await service.respond(get(`/${PREFIX}/Alias`, { host: "inside:8000" }));
    expect(headerOf(alias, "Location")).toBe(`https://example.org/hdl/${PREFIX}/Record`);
    expect(text(await service.respond(get("/")))).toContain('action="/hdl/"');
  });

  it.each([
    "example.org",
    "ftp://example.org",
    "https://u:p@example.org",
    "https://example.org/?x",
    "https://example.org//x",
    "",
  ])("cannot be %j", (publicUrl) => {
    expect(() => createHandleService({ store: openMemory().store, publicUrl })).toThrow(/publicUrl/);
  });

  it("throws only invalid_options, and returns paths that can be concatenated", () => {
    fc.assert(
      fc.property(fc.string(), fc.oneof(fc.webUrl(), fc.string()), (basePath, publicUrl) => {
        try {
          const mount = readMount({ basePath, publicUrl }, "createHandleService");
          for (const each of [mount.basePath, mount.linkBase]) expect(each).toMatch(/^$|^\/.*[^/]$/s);
        } catch (error) {
          expect(isHandleError(error, "invalid_options")).toBe(true);
        }
      }),
    );
  });
});

describe("observe", () => {
  it("is called for every response, also without a route", async () => {
    const events: ServiceEvent[] = [];
    const { service } = await createFixture({ observe: (event) => events.push(event) });
    await service.respond(get(`${path("Record")}?index=1`));
    await service.respond(get(path("None")));
    await service.respond({ ...get(path("Record")), method: "PATCH" });
    await service.respond({ ...get("/api/nothing"), method: "DELETE" });
    await service.respond({ ...get(path("x")), problem: { status: 413, message: "Too large" } });
    await service.respond(get(`/${"x".repeat(9000)}`));
    expect(
      events.map(({ route, method, handle, status, responseCode }) => [
        route,
        method,
        handle,
        status,
        responseCode,
      ]),
    ).toEqual([
      ["/api/handles/{handle}", "GET", `${PREFIX}/Record`, 200, 1],
      ["/api/handles/{handle}", "GET", `${PREFIX}/None`, 404, 100],
      ["/api/handles/{handle}", "PATCH", undefined, 501, 4],
      ["/api", "DELETE", undefined, 404, 4],
      [undefined, "GET", undefined, 413, 4],
      [undefined, "GET", undefined, 414, undefined],
    ]);
    expect(events[0]?.path).toBe(path("Record"));
    for (const { milliseconds, bytes } of events) {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      expect(bytes).toBeGreaterThan(0);
    }
  });

  it("can fail, now or later, and only the log shows it", async () => {
    const log = createLog();
    const failing = [
      () => {
        throw new Error("now");
      },
      async () => {
        throw new Error("later");
      },
    ];
    for (const observe of failing) {
      const { service } = await createFixture({ observe, log });
      expect((await service.respond(get(path("Record")))).status).toBe(200);
    }
    await new Promise(setImmediate);
    expect(log.messages).toEqual(["observe failed", "observe failed"]);
  });

  it("gets the same through the fetch adapter, with the connection of the platform", async () => {
    const events: ServiceEvent[] = [];
    const { service } = await createFixture({ observe: (event) => events.push(event) });
    const handler = createFetchHandler(service, {
      maxBodyBytes: 10,
      connection: (_request, info: { readonly address: string }) => ({
        secure: true,
        remoteAddress: info.address,
      }),
    });
    await handler(new Request(`https://h.example${path("Record")}`), { address: "192.0.2.1" });
    const large = { method: "PUT", body: "x".repeat(11) };
    const refused = await handler(new Request(`https://h.example${path("x")}`, large), {
      address: "192.0.2.2",
    });
    expect([refused.headers.get("connection"), await refused.json()]).toEqual([
      null,
      { responseCode: 4, message: "The body is larger than 10 bytes" },
    ]);
    expect(events.map(({ remoteAddress, status }) => [remoteAddress, status])).toEqual([
      ["192.0.2.1", 200],
      ["192.0.2.2", 413],
    ]);
  });
});
