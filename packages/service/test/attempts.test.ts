import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAttempts, FAILED_LOGINS, type FailedLoginLimits } from "../src/identify/attempts.ts";
import { createCounters } from "../src/identify/counters.ts";
import { openMemory } from "../src/memory.ts";

const MINUTE = 60_000;
const USER = "300:20.500.12345/USER";
const HERE = "192.0.2.1";
const THERE = "192.0.2.2";

/** Attempts with a clock that only moves by `pass` and by their own delays. */
function createStage(limits?: FailedLoginLimits) {
  let now = 0;
  let verified = 0;
  const delays: number[] = [];
  const attempts = createAttempts({
    limits,
    state: openMemory().state,
    now: () => now,
    log: undefined,
    async delay(time) {
      delays.push(time);
      now += time;
    },
  });
  const attempt = async (right: boolean, address: string | undefined = HERE, identity = USER) => {
    const verify = async () => {
      // Checks take different times, so that they end in another order than they began.
      for (let turns = verified++ % 7; turns > 0; turns--) await Promise.resolve();
      return right;
    };
    const checked = await attempts.check({ identity, address }, verify, (outcome) => outcome);
    return "outcome" in checked ? checked.outcome : checked.retryAfter;
  };
  const fail = async (times: number, address?: string, identity?: string) => {
    const outcomes = [];
    for (let i = 0; i < times; i++) outcomes.push(await attempt(false, address, identity));
    return outcomes;
  };
  return {
    attempts,
    attempt,
    fail,
    delays,
    pass(time: number) {
      now += time;
    },
    verified: () => verified,
  };
}

describe("failed logins of one identity from one address", () => {
  it("are free at first, then delayed, then not checked, the right password neither", async () => {
    const stage = createStage();
    expect(await stage.fail(10)).toEqual(Array(10).fill(false));
    expect(stage.delays).toEqual([]);
    expect(await stage.fail(5)).toEqual(Array(5).fill(false));
    expect(stage.delays).toEqual([250, 500, 1000, 2000, 4000]);
    const refused = await stage.attempt(true);
    expect([refused, stage.verified()]).toEqual([53, 15]);
    expect(await stage.attempt(true, THERE)).toBe(true);
    stage.pass(53_000);
    expect(await stage.attempt(true)).toBe(true);
  });

  it("are forgotten after a success, but not those of the address", async () => {
    const stage = createStage({ perAddress: 20 });
    await stage.fail(9);
    expect(await stage.attempt(true)).toBe(true);
    expect(await stage.fail(10)).toEqual(Array(10).fill(false));
    expect(stage.delays).toEqual([]);
    expect(await stage.attempt(true)).toBe(true);
    expect(await stage.fail(2)).toEqual([false, 6]);
    expect(await stage.attempt(true, HERE, "300:20.500.12345/OTHER")).toBe(6);
    expect(await stage.attempt(true, THERE)).toBe(true);
  });

  it("are not forgotten after a success without an index, which any key of the handle is enough for", async () => {
    const stage = createStage();
    for (let i = 0; i < 15; i++) {
      await stage.attempt(false, HERE, "20.500.12345/USER");
      await stage.attempt(true, HERE, "0:20.500.12345/USER");
    }
    expect(await stage.attempt(false, HERE, "20.500.12345/USER")).toBeGreaterThan(0);
  });

  it("are those of one identity in whichever case it is written, and of one IPv6 network", async () => {
    const stage = createStage();
    const spellings = [USER, "0300:20.500.12345/user", "300:20.500.12345/uSER"];
    const addresses = ["2001:db8::1", "2001:db8:0:0:ffff::2", "2001:db8::3%eth0"];
    for (let i = 0; i < 15; i++) await stage.attempt(false, addresses[i % 3], spellings[i % 2]);
    for (const name of spellings) {
      for (const address of addresses) expect(await stage.attempt(true, address, name)).toBeGreaterThan(1);
    }
    expect(await stage.attempt(true, "2001:db8:0:1::1")).toBe(true);
    await stage.fail(15, "::ffff:192.0.2.1");
    expect(await stage.attempt(true, "192.0.2.1")).toBeGreaterThan(1);
  });

  it("that come at once wait for each other; while one is delayed, the others are refused", async () => {
    const stage = createStage();
    const outcomes = await Promise.all(Array.from({ length: 1000 }, () => stage.attempt(false)));
    expect([stage.verified(), stage.delays]).toEqual([11, [250]]);
    expect(outcomes.filter((outcome) => outcome === false)).toHaveLength(11);
  });

  it("are not limited with a limit of 0, or if the address is unknown", async () => {
    const none = createStage({ perIdentity: 0, perAddress: 0 });
    expect(await none.fail(200)).toEqual(Array(200).fill(false));
    const unknown = createStage();
    const { attempts } = unknown;
    for (let i = 0; i < 200; i++) {
      const claim = { identity: USER, address: undefined };
      expect(await attempts.check(claim, async () => false, Boolean)).toEqual({ outcome: false });
    }
  });

  it("does not count a check that failed with an error", async () => {
    const { attempts, attempt } = createStage();
    for (let i = 0; i < 50; i++) {
      const verify = () => Promise.reject(new Error("the store failed"));
      await expect(attempts.check({ identity: USER, address: HERE }, verify, Boolean)).rejects.toThrow();
    }
    expect(await attempt(true)).toBe(true);
  });
});

describe("delayed attempts", () => {
  it("are one for each identity and address, and 100 in all; others are refused at once", async () => {
    const pending: (() => void)[] = [];
    const attempts = createAttempts({
      limits: { perIdentity: 1, perAddress: 0 },
      state: openMemory().state,
      now: () => 0,
      log: undefined,
      delay: () => new Promise((resolve) => pending.push(resolve)),
    });
    const fail = (user: number) =>
      attempts.check({ identity: `300:1/${user}`, address: HERE }, async () => false, Boolean);
    for (let user = 0; user < 150; user++) await fail(user);
    const delayed = Array.from({ length: 150 }, (_, user) => fail(user));
    const refused = await Promise.all(delayed.slice(100));
    expect(refused).toEqual(Array(50).fill({ retryAfter: 1 }));
    expect(await fail(0)).toEqual({ retryAfter: 1 });
    expect(pending).toHaveLength(100);
    for (const end of pending) end();
    expect(await Promise.all(delayed.slice(0, 100))).toEqual(Array(100).fill({ outcome: false }));
  });
});

/** What one client does: it waits, and then logs in some times at once. */
const step = fc.record({
  wait: fc.nat({ max: 3 * MINUTE }),
  parallel: fc.integer({ min: 1, max: 40 }),
  right: fc.boolean(),
  user: fc.nat({ max: 3 }),
  address: fc.nat({ max: 2 }),
});

describe("for all that clients do", () => {
  it("nobody is refused who never fails from that address, however others guess elsewhere", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const stage = createStage();
        for (const { wait, parallel, user, address } of steps) {
          stage.pass(wait);
          const name = `300:20.500.12345/${user}`;
          const guesses = Array.from({ length: parallel }, () =>
            stage.attempt(false, `198.51.100.${address}`, name),
          );
          const honest = Array.from({ length: parallel }, () => stage.attempt(true, THERE, name));
          await Promise.all(guesses);
          expect(await Promise.all(honest)).toEqual(Array(parallel).fill(true));
        }
      }),
    );
  });

  it("nobody is refused or delayed who succeeds before the tenth failure in a row", async () => {
    const honest = fc.array(fc.nat({ max: FAILED_LOGINS.perIdentity - 1 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(honest, fc.integer({ min: 1, max: 300 }), async (failures, parallel) => {
        const stage = createStage();
        for (const times of failures) {
          expect(await stage.fail(times)).toEqual(Array(times).fill(false));
          const logins = Array.from({ length: parallel }, () => stage.attempt(true));
          expect(await Promise.all(logins)).toEqual(Array(parallel).fill(true));
        }
        expect(stage.delays).toEqual([]);
      }),
    );
  });

  it("no more guesses are checked than the limits and the time allow, and every attempt ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const stage = createStage();
        const checked = new Map<string, number>();
        let passed = 0;
        for (const { wait, parallel, right, user, address } of steps) {
          stage.pass(wait);
          passed += wait;
          const outcomes = await Promise.all(
            Array.from({ length: parallel }, () =>
              stage.attempt(right && user === 0, `198.51.100.${address}`, `300:1/${user}`),
            ),
          );
          const wrong = outcomes.filter((outcome) => outcome === false).length;
          // The user 0 has the right password, and resets its own count.
          if (user !== 0) {
            const key = `${user} ${address}`;
            checked.set(key, (checked.get(key) ?? 0) + wrong);
          }
        }
        const time = (passed + stage.delays.reduce((sum, delay) => sum + delay, 0)) / MINUTE;
        for (const count of checked.values()) expect(count).toBeLessThanOrEqual(15 + time);
      }),
    );
  });

  it("who waits for Retry-After is not refused again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 2 * MINUTE }), { maxLength: 30 }), async (waits) => {
        const stage = createStage();
        for (const wait of waits) {
          stage.pass(wait);
          await stage.fail(5);
          const outcome = await stage.attempt(true);
          if (outcome === true) continue;
          stage.pass(Number(outcome) * 1000);
          expect(await stage.attempt(true)).toBe(true);
        }
      }),
    );
  });
});

describe("the memory of counters", () => {
  it("is bounded, and many addresses do not make it forget one that has failed more often", () => {
    const max = 100;
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 15 }), fc.integer({ min: 1, max: 2000 }), (level, others) => {
        const counters = createCounters(MINUTE, () => 0, max);
        const fail = (key: string) => {
          const counter = counters.enter(key);
          counter.add();
          counters.leave(counter);
        };
        for (let i = 0; i < level; i++) fail("guesser");
        for (let i = 0; i < others; i++) {
          fail(`flood ${i}`);
          expect(counters.size).toBeLessThanOrEqual(max);
        }
        const guesser = counters.enter("guesser");
        expect(guesser.level()).toBe(level);
      }),
    );
  });

  it("is first taken from those who have not failed, or long ago, and never from those who are being checked", async () => {
    let now = 0;
    const counters = createCounters(MINUTE, () => now, 100);
    const used = counters.enter("used");
    const fail = (key: string) => {
      const counter = counters.enter(key);
      counter.add();
      counters.leave(counter);
    };
    for (let i = 0; i < 20; i++) fail(`long ago ${i}`);
    now += MINUTE;
    for (let i = 0; i < 30; i++) fail(`failed ${i}`);
    for (let i = 0; i < 49; i++) counters.leave(counters.enter(`succeeded ${i}`));
    expect(counters.size).toBe(100);
    counters.leave(counters.enter("one more"));
    expect(counters.size).toBe(31);
    expect(counters.enter("used")).toBe(used);
    expect(counters.enter("failed 0").level()).toBe(1);
  });
});
