import { request } from "node:http";
import { createServer } from "node:net";
import type { Logger } from "@handlekit/core";
import { openMemory } from "@handlekit/service";
import { afterEach, describe, expect, it } from "vitest";
import { type MetricsServer, startMetricsServer } from "../src/observe/metrics-server.ts";
import { createReadiness, type Readiness } from "../src/observe/readiness.ts";

let server: MetricsServer | undefined;
let warnings: string[] = [];
const log: Logger = { debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} };
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: { host?: string; port?: number; text?: () => Promise<string> } = {}) {
  warnings = [];
  const { host = "127.0.0.1", port = 0, text = async () => "up 1\n" } = options;
  const readiness: Readiness = createReadiness({ state: openMemory().state, log });
  const metrics = { observe() {}, contentType: "text/plain; version=0.0.4; charset=utf-8", text };
  server = await startMetricsServer({ host, port, metrics, readiness, log });
  return { url: server.url, readiness };
}

interface Reply {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly cache: string | undefined;
  readonly text: string;
}

function ask(url: string, path: string, method = "GET"): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      const { "content-type": type, "cache-control": cache } = response.headers;
      response.on("end", () => resolve({ status: response.statusCode, type, cache, text }));
    });
    sent.on("error", reject).end();
  });
}

describe("the port of the metrics", () => {
  it("has metrics and health, without a cache", async () => {
    const { url, readiness } = await start();
    expect(await ask(url, "/metrics?x=1")).toEqual({
      status: 200,
      type: "text/plain; version=0.0.4; charset=utf-8",
      cache: "no-store",
      text: "up 1\n",
    });
    const json = { type: "application/json", cache: "no-store" };
    expect(await ask(url, "/health/live")).toEqual({ ...json, status: 200, text: '{"status":"live"}\n' });
    expect(await ask(url, "/health/ready")).toEqual({ ...json, status: 200, text: '{"status":"ready"}\n' });
    readiness.stop();
    expect(await ask(url, "/health/ready")).toEqual({
      ...json,
      status: 503,
      text: '{"status":"not ready","reason":"The server is stopping."}\n',
    });
    expect((await ask(url, "/health/live")).status).toBe(200);
    expect(warnings).toEqual([]);
  });

  it("has nothing else, and for no other method", async () => {
    const { url } = await start();
    expect((await ask(url, "/api/handles/1/a")).status).toBe(404);
    for (const method of ["POST", "HEAD", "DELETE"]) {
      expect((await ask(url, "/metrics", method)).status).toBe(405);
    }
  });

  it("closes the connection if the metrics cannot be read", async () => {
    const { url } = await start({ text: () => Promise.reject(new Error("closed")) });
    await expect(ask(url, "/metrics")).rejects.toThrow(/hang up|ECONNRESET/);
    expect((await ask(url, "/health/live")).status).toBe(200);
  });

  it("is named in the log if other machines reach it", async () => {
    await start({ host: "0.0.0.0" });
    expect(warnings).toEqual([expect.stringContaining("without a login")]);
  });

  it("that is taken is an error with the flag that sets it", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as import("node:net").AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({
      code: "invalid_options",
      hint: expect.stringContaining("--metrics-port"),
    });
    other.close();
  });
});
