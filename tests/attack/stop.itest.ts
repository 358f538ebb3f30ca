import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../support/hdl.ts";
import type { Site } from "../support/site.ts";
import {
  createStoppedSite,
  DEFAULTS,
  LARGE,
  type Limits,
  limitFlags,
  SHORT,
  SMALL,
  startTarget,
  type Target,
} from "./target.ts";
import { ask, closed, openTcp, openTls, requestText, within } from "./wire.ts";

let site: Site;
let target: Target | undefined;
beforeAll(async () => {
  site = await createStoppedSite();
});
afterEach(() => target?.stop());
afterAll(() => site?.remove());

async function start(limits: Limits, ...flags: readonly string[]): Promise<Target> {
  target = await startTarget(site, limits, ...flags);
  return target;
}

const large = requestText("GET", `/api/handles/${LARGE}`);
const lengthOf = (text: string) => text.length - text.indexOf("\r\n\r\n") - 4;

describe("SIGTERM", () => {
  it("closes silent and idle connections at once, though they may stay for long", async () => {
    const { port } = await start(DEFAULTS);
    const silent = await openTcp(port);
    const idle = await openTls(port);
    idle.write(requestText("GET", `/api/handles/${SMALL}`));
    await new Promise((resolve) => idle.once("data", resolve));
    const half = await openTls(port);
    half.write("GET / HTTP/1.1\r\nHost: ");
    const stopped = site.server.stop();
    expect(await within(stopped, DEFAULTS.stop - 1000)).toMatchObject({ code: 0 });
    await Promise.all([silent, idle, half].map((socket) => closed(socket)));
  });

  it("leaves a slow reader its whole response", async () => {
    const { port } = await start(DEFAULTS);
    const socket = await openTls(port);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    // Four megabytes do not fit in the buffers of the operating system.
    socket.write(large.repeat(8));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    const stopped = site.server.stop();
    // The port is closed before anything else, so this fails once the server stops.
    while ((await ask(port, requestText("GET", "/")).catch(() => undefined)) !== undefined);
    socket.resume();
    await closed(socket);
    expect(await stopped).toMatchObject({ code: 0 });
    const [, ...responses] = text.split("HTTP/1.1 200 OK\r\n");
    const last = responses.at(-1) ?? "";
    expect(lengthOf(last)).toBe(Number(/^content-length: (\d+)/im.exec(last)?.[1]));
  });

  it("ends after the deadline, whoever does not read", async () => {
    const { port } = await start({ ...DEFAULTS, stop: 300 });
    const sockets = await Promise.all(Array.from({ length: 5 }, () => openTls(port)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(large.repeat(40));
    }
    expect((await ask(port, large, "127.0.0.1")).status).toBe(200);
    expect(await within(site.server.stop(), DEFAULTS.stop)).toMatchObject({ code: 0 });
  });
});

describe("pipelined requests", () => {
  it("are answered in order, and a malformed one after the others", async () => {
    const { port } = await start(SHORT);
    const socket = await openTls(port);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    const one = (index: number) => requestText("GET", `/api/handles/${SMALL}?index=1&n=${index}`);
    const put = requestText("PUT", `/api/handles/${SMALL}`, [], "[]");
    socket.write(`${one(1)}${put}${large}${one(2).repeat(30)}NONSENSE\r\n\r\n`);
    await closed(socket);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
    expect(statuses).toEqual([200, 401, 200, ...Array(30).fill(200), 400]);
  });

  it("close the connection if thousands of them wait", async () => {
    const { port } = await start(SHORT);
    const socket = await openTls(port);
    socket.write(requestText("GET", `/api/handles/${SMALL}`).repeat(5000));
    await closed(socket);
    expect((await ask(port, large)).status).toBe(200);
  });
});

describe("the limit of connections", () => {
  it("does not hold for the addresses of proxies", async () => {
    const flags = ["--max-connections-per-address", "3", "--ardc-proxies", "127.0.0.2/32"];
    const { port } = await start(SHORT, ...flags);
    const proxy = await Promise.all(Array.from({ length: 8 }, () => openTls(port)));
    const other = await Promise.allSettled(Array.from({ length: 8 }, () => openTls(port, "127.0.0.3")));
    expect(proxy.every((socket) => !socket.destroyed)).toBe(true);
    expect(other.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(site.server.text.stderr).toContain('"connections are refused"');
  });

  it("holds for all addresses together", async () => {
    const { port } = await start(SHORT, "--max-connections", "6");
    const opened = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => openTls(port, `127.0.0.${i + 2}`)),
    );
    expect(opened.filter(({ status }) => status === "fulfilled")).toHaveLength(6);
    await site.server.stop();
  });

  it("names a setting that is no address", async () => {
    await start(SHORT);
    await site.server.stop();
    await expect(
      serve(site.directory, "--https-port", "0", "--ardc-proxies", "proxy", ...limitFlags(SHORT)),
    ).rejects.toThrow(/"proxy" in the setting ardcProxies is neither/);
  });
});

it("ends if another program has its second port", async () => {
  await start(SHORT);
  await site.server.stop();
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const taken = String((other.address() as import("node:net").AddressInfo).port);
  await expect(serve(site.directory, "--https-port", "0", "--http-port", taken)).rejects.toThrow(
    new RegExp(`ended with 2[^]*${taken}`),
  );
  other.close();
});
