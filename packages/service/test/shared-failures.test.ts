import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createAttempts, type FailedLoginLimits } from "../src/identify/attempts.ts";
import { openMemory } from "../src/memory.ts";

const USER = "300:20.500.12345/USER";
const HERE = "192.0.2.1";
const MINUTE = 60_000;
/** The others have heard of a failure after this. */
const HEARD_MS = 400;

/** Two processes on one state, with one clock that goes on by itself and can be moved. */
function createProcesses(limits: FailedLoginLimits = {}) {
  const { state } = openMemory();
  let passed = 0;
  const processes = [0, 1].map(() =>
    createAttempts({
      limits: { shared: true, ...limits },
      state,
      now: () => Date.now() + passed,
      log: undefined,
      delay: async () => undefined,
    }),
  );
  const attempt = async (process: number, right: boolean, address = HERE) => {
    const checked = await processes[process]?.check(
      { identity: USER, address },
      async () => right,
      (outcome) => outcome,
    );
    return checked !== undefined && "outcome" in checked ? checked.outcome : "throttled";
  };
  const fail = async (process: number, times: number, address?: string) => {
    const outcomes = [];
    for (let i = 0; i < times; i++) outcomes.push(await attempt(process, false, address));
    await setTimeout(HEARD_MS);
    return outcomes;
  };
  return {
    state,
    attempt,
    fail,
    pass(time: number) {
      passed += time;
    },
  };
}

describe("failed logins of several processes", () => {
  it("are counted together", async () => {
    const { fail, attempt } = createProcesses();
    expect(await fail(0, 8)).toEqual(Array(8).fill(false));
    expect(await fail(1, 7)).toEqual(Array(7).fill(false));
    expect(await attempt(0, true)).toBe("throttled");
    expect(await attempt(1, true)).toBe("throttled");
    expect(await attempt(0, true, "192.0.2.2")).toBe(true);
  });

  it("are counted together for an address, too", async () => {
    const { fail, attempt } = createProcesses({ perIdentity: 0, perAddress: 10 });
    await fail(0, 6);
    await fail(1, 4);
    expect(await attempt(0, true)).toBe("throttled");
    expect(await attempt(1, true)).toBe("throttled");
  });

  it("are forgotten by a success in any of them", async () => {
    const { fail, attempt } = createProcesses();
    await fail(0, 9);
    expect(await attempt(1, true)).toBe(true);
    await setTimeout(HEARD_MS);
    expect(await fail(0, 9)).toEqual(Array(9).fill(false));
    expect(await attempt(0, true)).toBe(true);
  });

  it("decrease with time once, not once for each process", async () => {
    const { fail, attempt, pass } = createProcesses();
    await fail(0, 8);
    await fail(1, 7);
    pass(MINUTE);
    expect(await attempt(0, false)).toBe(false);
    await setTimeout(HEARD_MS);
    expect(await attempt(1, false)).toBe("throttled");
  });

  it("that were told a while ago count only for what is left of them", async () => {
    const { fail, attempt, pass } = createProcesses();
    await fail(0, 14);
    pass(20 * MINUTE - 1);
    for (let i = 0; i < 15; i++) expect(await attempt(1, false)).toBe(false);
  });

  it("are heard after the clock was set back", async () => {
    const { fail, attempt, pass } = createProcesses();
    expect(await attempt(1, true)).toBe(true);
    pass(-60 * MINUTE);
    await fail(0, 15);
    expect(await attempt(1, true)).toBe("throttled");
  });

  it("leave no entry of a process that has ended", async () => {
    const { fail, attempt, pass, state } = createProcesses();
    await fail(0, 1);
    expect((await state.scan("failed-logins/", undefined, 10)).length).toBe(1);
    pass(21 * MINUTE);
    await attempt(1, true);
    expect((await state.scan("failed-logins/", undefined, 10)).length).toBe(0);
  });

  it("stay in one process without the option", async () => {
    const { fail, attempt, state } = createProcesses({ shared: false });
    await fail(0, 15);
    expect(await attempt(0, true)).toBe("throttled");
    expect(await attempt(1, true)).toBe(true);
    expect((await state.scan("", undefined, 10)).length).toBe(0);
  });
});
