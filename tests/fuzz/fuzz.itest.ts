import { HandleError } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFindings } from "./findings.ts";
import { fuzz, problemOf } from "./fuzz.ts";
import { openServerTarget } from "./socket.ts";
import { bytesTarget, type FuzzTarget } from "./target.ts";
import { clientTargets } from "./targets/clients.ts";
import { coreTargets } from "./targets/core.ts";
import { fileTargets } from "./targets/files.ts";
import { serviceTargets } from "./targets/service.ts";
import { wireTargets } from "./targets/wire.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

/** Seconds for all targets together; scripts/fuzz.mjs sets more. */
const { HANDLEKIT_FUZZ_SECONDS = "12", HANDLEKIT_FUZZ_ONLY } = process.env;
const BY_HAND = HANDLEKIT_FUZZ_SECONDS !== "12";
/** The same inputs in each `npm test`, so that a change is judged by what it changed; scripts/fuzz.mjs looks for new ones. */
const SEED = Number(process.env.HANDLEKIT_FUZZ_SEED ?? 1);

let watchdog: Watchdog;
let server: Awaited<ReturnType<typeof openServerTarget>>;
beforeAll(async () => {
  watchdog = startWatchdog(60);
  server = await openServerTarget();
});
afterAll(async () => {
  await server.close();
  await watchdog.stop();
});

const parsers = [...coreTargets, ...wireTargets, ...fileTargets, ...serviceTargets, ...clientTargets];
const names = [...parsers.map(({ name }) => name), "server"];
const find = (name: string): FuzzTarget | undefined =>
  name === "server" ? server.target : parsers.find((target) => target.name === name);

describe("fuzzing", () => {
  it("finds what does not end well", async () => {
    const bug = bytesTarget("bug", [""], () => {
      throw new RangeError("a bug");
    });
    const slow = bytesTarget("slow", [""], () => {
      const began = process.cpuUsage();
      while (process.cpuUsage(began).user < 50_000);
    });
    const garbled = bytesTarget("garbled", [""], () => {
      throw new HandleError("invalid_value", { message: "a \u001b[2J" });
    });
    const input = new Uint8Array(4);
    expect(await problemOf(bug, input)).toMatch(/^RangeError: a bug/);
    expect(await problemOf(slow, input)).toBe(undefined);
    expect(await problemOf(slow, input, 30)).toMatch(/^\d+ ms of work for 4 bytes$/);
    expect(await problemOf(garbled, input)).toMatch(/^a control character/);
  });

  it("has targets with different names, which accept their own corpus without failing", async () => {
    expect(new Set(names).size).toBe(names.length);
    for (const target of [...parsers, server.target]) {
      for (const input of target.corpus)
        expect([target.name, await problemOf(target, input)]).toEqual([target.name, undefined]);
    }
  });

  it("past findings stay mended", async () => {
    for (const { target: name, input } of await readFindings()) {
      const target = find(name);
      expect([name, target && (await problemOf(target, input))]).toEqual([name, undefined]);
    }
  });

  const chosen = names.filter(
    (name) => HANDLEKIT_FUZZ_ONLY === undefined || name.includes(HANDLEKIT_FUZZ_ONLY),
  );
  it.each(chosen)(
    `%s, seed ${SEED}`,
    async (name) => {
      const target = find(name) as FuzzTarget;
      const milliseconds = (Number(HANDLEKIT_FUZZ_SECONDS) * 1000) / chosen.length;
      const { runs, finding } = await fuzz(target, { milliseconds, seed: SEED, watchdog });
      if (BY_HAND) console.log(`${name}: ${runs} inputs`);
      expect(finding?.problem).toBe(undefined);
      expect(runs).toBeGreaterThan(0);
    },
    24 * 60 * 60 * 1000,
  );
});
