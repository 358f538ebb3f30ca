import type { RequestListener } from "node:http";
import { isHandleError } from "@handlekit/core";
import {
  createTransport,
  type Repetition,
  type SendOptions,
  type TransportOptions,
} from "@handlekit/transport";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { retryAfter } from "../src/repeat.ts";
import { servePlain } from "./servers.ts";

type Step = number | "reset" | "hang" | readonly [status: number, retryAfter: string];

/** Sends a request to a server that answers by a list, then 200, and resolves to what happened. */
async function send(
  steps: readonly Step[],
  method: string,
  how: SendOptions = {},
  options: TransportOptions = {},
) {
  const seen: string[] = [];
  const listener: RequestListener = (request, response) => {
    const step = steps[seen.push(request.method ?? "") - 1] ?? 200;
    if (step === "reset") request.socket.destroy();
    else if (typeof step === "number") response.writeHead(step).end();
    else if (step !== "hang") response.writeHead(step[0], { "retry-after": step[1] }).end();
  };
  const origin = await servePlain(listener);
  const transport = createTransport({ random: () => 0, ...options });
  onTestFinished(() => transport.close());
  const repetitions: Repetition[] = [];
  const onRepeat = (repetition: Repetition) => repetitions.push(repetition);
  const outcome = await transport
    .send({ method, url: `${origin}/x`, headers: {} }, { ...how, onRepeat })
    .then(
      (response) => response.status,
      (error: unknown) => (isHandleError(error) ? error.code : error),
    );
  return { outcome, times: seen.length, repetitions };
}

describe("a read", () => {
  it.each<[Step, boolean]>([
    [503, false],
    [429, false],
    [502, true],
    [504, true],
    ["reset", true],
  ])("is repeated after %s", async (step, outcomeUnknown) => {
    const { outcome, times, repetitions } = await send([step], "GET");
    expect([outcome, times, repetitions[0]?.outcomeUnknown]).toEqual([200, 2, outcomeUnknown]);
  });

  it("is repeated after an attempt that timed out", async () => {
    const { outcome, times } = await send(["hang"], "GET", {}, { timeouts: { attempt: 1000 } });
    expect([outcome, times]).toEqual([200, 2]);
  });

  it("is given up after the limit, with the last answer or error", async () => {
    expect(await send([503, 503, 503, 503], "GET")).toMatchObject({ outcome: 503, times: 3 });
    expect(await send(["reset", "reset"], "GET", {}, { retries: { limit: 1 } })).toMatchObject({
      outcome: "connection_failed",
      times: 2,
    });
    expect(await send([503], "GET", {}, { retries: { limit: 0 } })).toMatchObject({ outcome: 503, times: 1 });
  });

  it.each([400, 401, 404, 409, 500, 501])("is not repeated after %d", async (status) => {
    expect(await send([status], "GET")).toMatchObject({ outcome: status, times: 1 });
  });
});

describe("a write", () => {
  it("is repeated when it is repeatable", async () => {
    for (const step of [503, 502, "reset"] as const) {
      expect(await send([step], "PUT", { repeatable: true })).toMatchObject({ outcome: 200, times: 2 });
    }
  });

  it("is otherwise sent once", async () => {
    expect(await send([503], "PUT")).toMatchObject({ outcome: 503, times: 1 });
    expect(await send(["reset"], "PUT")).toMatchObject({ outcome: "connection_failed", times: 1 });
  });
});

describe("the delay", () => {
  it("is a random part of a time that doubles, up to a maximum", async () => {
    const options = { random: () => 1, retries: { limit: 4, baseDelay: 2, maxDelay: 5 } };
    const { repetitions } = await send([503, 503, 503, 503], "GET", {}, options);
    expect(repetitions.map(({ delay }) => delay)).toEqual([2, 4, 5, 5]);
  });

  it("is that of Retry-After, within the total time-out", async () => {
    const { repetitions } = await send([[503, "0"]], "GET");
    expect(repetitions[0]?.delay).toBe(0);
    const late = await send([[503, "3600"]], "GET", {}, { timeouts: { total: 2000 } });
    expect([late.outcome, late.times]).toEqual([503, 1]);
  });

  it("ends at once when the caller aborts", async () => {
    const stop = new AbortController();
    const waiting = send([[503, "20"]], "GET", { signal: stop.signal, repeatable: true });
    setTimeout(() => stop.abort(), 100);
    expect((await waiting).outcome).toBe("aborted");
  });

  it("is read from seconds and dates only", () => {
    const now = Date.parse("2026-01-02T03:04:05Z");
    const read = (value: string) => retryAfter({ status: 503, headers: { "retry-after": value } }, now);
    expect(read("120")).toBe(120_000);
    expect(read("Fri, 02 Jan 2026 03:04:15 GMT")).toBe(10_000);
    expect(read("Thu, 01 Jan 2026 00:00:00 GMT")).toBe(0);
    expect(read("soon")).toBe(undefined);
    fc.assert(fc.property(fc.string(), (text) => (read(text) ?? 0) >= 0));
  });
});
