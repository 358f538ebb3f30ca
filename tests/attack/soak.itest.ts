import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PREFIX, type Site } from "../support/site.ts";
import { type Attack, p99 } from "./attack.ts";
import { CONNECTION_ATTACKS } from "./connection-attacks.ts";
import { AUTHORIZATION, createStoppedSite, DEFAULTS, SHORT, startTarget, type Target } from "./target.ts";
import { attacker } from "./wire.ts";
import { WORK_ATTACKS } from "./work-attacks.ts";

/** `npm run soak` takes about ten minutes: one of quiet, and one for each pair of attacks, half of it in each pass. */
const LONG = process.env.HANDLEKIT_LONG === "1";
const PASSES = LONG ? 2 : 1;
const PHASE_MS = LONG ? 60_000 : 1000;
/** Between two rounds of an attack: the load is that of an attacker for whom the server is one of many. */
const PAUSE_MS = 500;
/** Honest clients may wait this many times as long as in quiet, if that is more than some milliseconds. */
const SLOWER = 3;
const ENOUGH_MS = 15;

interface Measured {
  readonly durations: number[];
  readonly errors: string[];
}

let site: Site;
let target: Target;
beforeAll(async () => {
  site = await createStoppedSite();
  target = await startTarget(site, LONG ? { ...DEFAULTS, response: 15_000 } : SHORT);
});
afterAll(() => site?.remove());

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Two attacks at a time, each from an address of its own. Those on connections last longest, so they come in pairs. */
function pairs(attacks: readonly Attack[]): Attack[][] {
  const half = Math.ceil(attacks.length / 2);
  return attacks.slice(0, half).map((attack, i) => [attack, ...attacks.slice(half + i, half + i + 1)]);
}

it("honest clients do not notice attacks, and the memory stays", async () => {
  await target.honest(
    "PUT",
    `/api/handles/${PREFIX}/honest`,
    [AUTHORIZATION],
    JSON.stringify([
      { index: 1, type: "URL", data: "https://example.org/" },
      {
        index: 100,
        type: "HS_ADMIN",
        data: {
          format: "admin",
          value: { handle: `${PREFIX}/ADMIN`, index: 300, permissions: "111111111111" },
        },
      },
    ]),
  );
  const script = fileURLToPath(new URL("honest-load.mjs", import.meta.url));
  const login = { HONEST_AUTHORIZATION: AUTHORIZATION.replace("Authorization: ", "") };
  const load = fork(script, [String(target.port), `/api/handles/${PREFIX}/honest`], {
    env: { ...process.env, ...login },
  });
  const measure = (message: string) =>
    new Promise<Measured>((resolve) => {
      load.once("message", (measured) => resolve(measured as Measured));
      load.send(message);
    });
  const lines: string[] = [];
  const memories: number[] = [];
  const begun = performance.now();
  const say = (line: string) => {
    lines.push(line);
    if (LONG) console.log(`${Math.round((performance.now() - begun) / 1000)} s  ${line}`);
  };
  const watch = setInterval(async () => {
    const memory = await target.memory();
    memories.push(memory);
    say(`memory ${memory} MB`);
  }, PHASE_MS / 6);
  const errors: string[] = [];
  const phase = async (name: string, work: () => Promise<unknown>) => {
    await measure("begin");
    await work();
    const measured = await measure("begin");
    errors.push(...measured.errors.map((error) => `${name}: ${error}`));
    const slow = p99(measured.durations.sort((a, b) => a - b));
    say(`${name}: ${measured.durations.length} requests, ${measured.errors.length} errors, p99 ${slow} ms`);
    return slow;
  };
  try {
    await phase("warming up", () => wait(PHASE_MS / 6));
    const quiet = await phase("quiet", () => wait(PHASE_MS));
    const slower: string[] = [];
    const attackAll = async () => {
      const first = memories.length;
      for (const pair of pairs([...CONNECTION_ATTACKS, ...WORK_ATTACKS])) await attackWith(pair);
      return Math.max(...memories.slice(first));
    };
    const attackWith = async (pair: readonly Attack[]) => {
      const name = pair.map((attack) => attack.name).join(" + ");
      const end = performance.now() + PHASE_MS / PASSES;
      const isOver = async () => {
        await wait(PAUSE_MS);
        return performance.now() >= end;
      };
      const slow = await phase(name, async () => {
        const attacks = pair.map((attack, i) =>
          attacker.run(`127.0.0.${2 + i}`, () => attack.run(target, isOver)),
        );
        await Promise.all(attacks);
      });
      if (slow > Math.max(SLOWER * quiet, ENOUGH_MS)) slower.push(`${name}: ${slow} ms, quiet ${quiet} ms`);
    };
    const peaks: number[] = [];
    for (let pass = 0; pass < PASSES; pass++) peaks.push(await attackAll());
    expect(errors).toEqual([]);
    // The short form shares its machine with other tests, so it only counts errors.
    if (LONG) {
      expect(slower).toEqual([]);
      // The same attacks again take no more memory.
      say(`highest memory of each pass: ${peaks.join(" and ")} MB`);
      const [early = 0, late] = peaks;
      expect(late).toBeLessThan(early + 50);
    }
  } finally {
    clearInterval(watch);
    await measure("end");
  }
}, 1_200_000);
