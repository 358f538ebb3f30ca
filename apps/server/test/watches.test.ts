import type { Logger } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchCertificate } from "../src/observe/watch-certificate.ts";
import { watchClock } from "../src/observe/watch-clock.ts";

const DAY = 24 * 60 * 60 * 1000;
const MADE = new Date("2026-01-01T00:00:00Z");
const { privateKey } = await createKeyPair({ bits: 2048 });
const pem = await createSelfSignedCertificate({
  privateKey,
  subject: "x",
  hosts: ["x"],
  days: 90,
  now: MADE,
});

let warnings: [string, unknown][];
const log: Logger = {
  debug() {},
  info() {},
  warn: (message, fields) => warnings.push([message, fields]),
  error() {},
};

beforeEach(() => {
  warnings = [];
  vi.useFakeTimers({ now: MADE });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the server's certificate", () => {
  it("is named every day from 30 days before its end", () => {
    const { expires, close } = watchCertificate(pem, "server.pem", log);
    expect(expires).toBe(MADE.getTime() + 90 * DAY);
    vi.advanceTimersByTime(59 * DAY);
    expect(warnings).toEqual([]);
    vi.advanceTimersByTime(2 * DAY);
    const soon = "the server's certificate expires soon; replace it";
    const fields = { file: "server.pem", expires: "2026-04-01T00:00:00.000Z" };
    expect(warnings).toEqual([
      [soon, fields],
      [soon, fields],
    ]);
    vi.advanceTimersByTime(30 * DAY);
    expect(warnings.at(-1)?.[0]).toBe("the server's certificate has expired: clients refuse it; replace it");
    close();
    const before = warnings.length;
    vi.advanceTimersByTime(5 * DAY);
    expect(warnings).toHaveLength(before);
  });

  it("is named at once if it has expired", () => {
    watchCertificate(pem, "server.pem", log, () => MADE.getTime() + 91 * DAY).close();
    expect(warnings).toHaveLength(1);
  });
});

describe("the clock", () => {
  it("is named when it jumps, and not when time passes", () => {
    const close = watchClock(log);
    vi.advanceTimersByTime(60_000);
    expect(warnings).toEqual([]);
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(10_000);
    vi.setSystemTime(Date.now() + 7_200_000);
    vi.advanceTimersByTime(10_000);
    close();
    expect(warnings).toEqual([
      ["the clock of this machine has jumped", { seconds: -3600 }],
      ["the clock of this machine has jumped", { seconds: 7200 }],
    ]);
  });
});
