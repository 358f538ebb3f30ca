import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Site } from "../support/site.ts";
import { p99, watched } from "./attack.ts";
import { CONNECTION_ATTACKS } from "./connection-attacks.ts";
import { createStoppedSite, DEFAULTS, SHORT, SMALL, startTarget, type Target } from "./target.ts";
import { WORK_ATTACKS } from "./work-attacks.ts";

/** `npm run attack` attacks a server with the default limits, each attack for some time. */
const LONG = process.env.HANDLEKIT_LONG === "1";
const SECONDS_EACH = 20;

const ATTACKS = [...CONNECTION_ATTACKS, ...WORK_ATTACKS];
const rows: string[] = [];
let site: Site;
let target: Target;

beforeAll(async () => {
  site = await createStoppedSite();
  target = await startTarget(site, LONG ? { ...DEFAULTS, response: 15_000 } : SHORT);
});
afterAll(async () => {
  await site?.remove();
  if (LONG) console.log(["| attack | tried | result |", "| --- | --- | --- |", ...rows].join("\n"));
});

describe("the server holds", () => {
  it.each(ATTACKS)(
    "$name",
    async ({ name, run }) => {
      const end = performance.now() + (LONG ? SECONDS_EACH * 1000 : 0);
      const { outcome, watch } = await watched(target, () => run(target, () => performance.now() >= end));
      rows.push(
        `| ${name} | ${outcome.tried} | ${outcome.result}; ${watch.durations.length} honest requests, ${watch.failed} failed, p99 ${p99(watch.durations)} ms |`,
      );
      expect(watch.failed).toBe(0);
      expect((await target.honest("GET", `/api/handles/${SMALL}`)).status).toBe(200);
    },
    180_000,
  );
});
