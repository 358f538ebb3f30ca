import { isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { wait } from "../src/wait.ts";

describe("wait", () => {
  it("resolves after the time, also with a signal", async () => {
    await wait(1);
    await wait(0, new AbortController().signal);
  });

  it("rejects when it is aborted, before or during the wait", async () => {
    const failed = (promise: Promise<void>) => promise.catch((error: unknown) => error);
    expect(isHandleError(await failed(wait(60_000, AbortSignal.abort())), "aborted")).toBe(true);
    const controller = new AbortController();
    const waiting = failed(wait(60_000, controller.signal));
    controller.abort();
    expect(isHandleError(await waiting, "aborted")).toBe(true);
  });
});
