import { HandleError, type Logger } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import { expect, it } from "vitest";
import { createReadiness } from "../src/observe/readiness.ts";

function createLog() {
  const messages: string[] = [];
  const keep = (message: string) => void messages.push(message);
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  return { log, messages };
}

const full = new HandleError("store_failed", {
  message: "The store /data/store.sqlite could not write its state: disk full",
  hint: "Free some space on it.",
});

/** A state whose `put` does what `how` says. */
const stateThat = (how: () => Promise<"done">): StateStore => ({ ...openMemory().state, put: how });

it("writes, and finds that it can write again after it could not", async () => {
  let fails = false;
  const written: string[] = [];
  const { state: memory } = openMemory();
  const state: StateStore = {
    ...memory,
    async put(key, value, expected) {
      if (fails) throw full;
      written.push(key);
      return memory.put(key, value, expected);
    },
  };
  const { log, messages } = createLog();
  const { check } = createReadiness({ state, log, holds: 0 });
  expect(await check()).toBeUndefined();
  expect(written).toEqual(["health/ready"]);
  fails = true;
  expect([await check(), await check()]).toEqual(
    Array(2).fill("The store cannot write. Free some space on it."),
  );
  fails = false;
  expect(await check()).toBeUndefined();
  expect(messages).toEqual(["not ready", "ready again"]);
});

it("writes once for many checks", async () => {
  let writes = 0;
  const state = stateThat(async () => {
    writes++;
    return "done";
  });
  const { check } = createReadiness({ state, log: createLog().log });
  await Promise.all([check(), check()]);
  await check();
  expect(writes).toBe(1);
});

it("waits for a slow write no longer than the deadline, and begins no second one", async () => {
  let writes = 0;
  let finish = () => {};
  const state = stateThat(() => {
    writes++;
    return new Promise((resolve) => {
      finish = () => resolve("done");
    });
  });
  const { log, messages } = createLog();
  const { check } = createReadiness({ state, log, deadline: 20 });
  const reason = "The store has not written within 0.02 seconds.";
  expect([await check(), await check(), writes]).toEqual([reason, reason, 1]);
  finish();
  await new Promise(setImmediate);
  expect(await check()).toBeUndefined();
  expect([messages, writes]).toEqual([["not ready", "ready again"], 1]);
});

it("is over when the server stops, also for a check that waits", async () => {
  let finish = () => {};
  const state = stateThat(() => new Promise((resolve) => (finish = () => resolve("done"))));
  const { check, stop } = createReadiness({ state, log: createLog().log });
  const waiting = check();
  stop();
  finish();
  const reason = "The server is stopping.";
  expect([await waiting, await check()]).toEqual([reason, reason]);
});
