import { isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { wait } from "../src/wait.ts";

describe("wait", () => {
  it("ends by itself, also with a signal", async () => {
    await wait(1);
    await wait(0, new AbortController().signal);
  });

  it("ends when it is aborted, before or meanwhile", async () => {
    const failed = (promise: Promise<void>) => promise.catch((error: unknown) => error);
    expect(isHandleError(await failed(wait(60_000, AbortSignal.abort())), "aborted")).toBe(true);
    const controller = new AbortController();
    const waiting = failed(wait(60_000, controller.signal));
    controller.abort();
    expect(isHandleError(await waiting, "aborted")).toBe(true);
  });
});
