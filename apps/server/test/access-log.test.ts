import type { ServiceEvent } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { createAccessLog } from "../src/observe/access-log.ts";
import { createJsonLog } from "../src/observe/log.ts";
import { settingsSchema } from "../src/settings.ts";

const EVENT: ServiceEvent = {
  id: "a1b2c3d4-7",
  route: "/api/handles/{handle}",
  method: "PUT",
  path: "/api/handles/20.500.12345/abc",
  remoteAddress: "192.0.2.1",
  identity: { index: 300, handle: "20.500.12345/ADMIN" },
  scheme: "basic",
  account: undefined,
  failedLogin: undefined,
  handle: "20.500.12345/abc",
  status: 201,
  responseCode: 1,
  reason: undefined,
  milliseconds: 1.26,
  bytes: 50,
};

function createMemoryLog(level?: "debug" | "info" | "warn" | "error") {
  const lines: string[] = [];
  const log = createJsonLog({ write: (line) => lines.push(line), lost: 0 }, level);
  return { log, json: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

/** Logs events, and returns the statuses in the lines. */
function logged(accessLog: unknown, events: readonly Partial<ServiceEvent>[], level?: "info" | "error") {
  const { log, json } = createMemoryLog(level);
  const observe = createAccessLog(log, settingsSchema.parse({ accessLog }).accessLog);
  for (const event of events) observe({ ...EVENT, ...event });
  return json().map(({ level: at, status }) => [at, status]);
}

describe("the line of a request", () => {
  it("has all that is known of it, and ends", () => {
    const { log, json, lines } = createMemoryLog();
    createAccessLog(log, true)(EVENT);
    expect(json()).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        id: "a1b2c3d4-7",
        remote: "192.0.2.1",
        method: "PUT",
        route: "/api/handles/{handle}",
        path: "/api/handles/20.500.12345/abc",
        identity: "300:20.500.12345/ADMIN",
        scheme: "basic",
        handle: "20.500.12345/abc",
        status: 201,
        responseCode: 1,
        ms: 1.3,
        bytes: 50,
        message: "request",
      },
    ]);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
  });

  const failedLogin = { scheme: "basic", identity: undefined, reason: "The password is wrong" };
  const remarkable = [
    { status: 401, identity: undefined, failedLogin },
    { status: 403 },
    { status: 500 },
    { status: 200, milliseconds: 1001 },
  ];
  const always = remarkable.map(({ status }) => ["warn", status]);

  it("is a warning for what somebody may look for, and always written then", () => {
    expect(logged("off", [{}, ...remarkable, {}])).toEqual(always);
    expect(logged("on", [{}, ...remarkable])).toEqual([["info", 201], ...always]);
    expect(logged("off", [{ status: 403, identity: undefined }])).toEqual([]);
    expect(logged("on", [{}, ...remarkable], "error")).toEqual([]);
  });

  it("is written for each Nth request", () => {
    const many = Array.from({ length: 10 }, (_, i) => ({ status: 200 + i }));
    expect(logged("1/4", many)).toEqual([
      ["info", 203],
      ["info", 207],
    ]);
    expect(logged("1/1", many)).toHaveLength(10);
    expect(logged(false, many)).toEqual([]);
  });

  it.each(["1/0", "0.01", "2/3", "1/x", "", 0.5])("cannot be asked for with %j", (accessLog) => {
    const parsed = settingsSchema.safeParse({ accessLog });
    expect(parsed.error?.issues[0]?.message).toBe("it must be on, off, or 1/N, such as 1/100");
  });
});

describe("the log", () => {
  it("counts the lines of each level that it writes", () => {
    const { log, json } = createMemoryLog("warn");
    log.info("no");
    log.warn("one");
    log.error("two", { error: new Error("why", { cause: new Error("because") }) });
    expect(log.counts?.()).toEqual({ lines: { debug: 0, info: 0, warn: 1, error: 1 }, lost: 0 });
    expect(json()).toMatchObject([
      { level: "warn", message: "one" },
      {
        level: "error",
        message: "two",
        error: { name: "Error", message: "why", stack: expect.any(String), cause: { message: "because" } },
      },
    ]);
  });
});
