// hdl-server under a mixed load of reads, redirects, creates, changes, deletions, lists and searches: no request fails,
// every answer is the right one, and the memory stays. HANDLEKIT_LONG=1 takes ten minutes instead of some seconds.
import { readFileSync } from "node:fs";
import { createClient, type HandleClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const LONG = process.env.HANDLEKIT_LONG === "1";
const DURATION_MS = LONG ? 600_000 : 4000;
const LANES = 16;
/** The handles that each lane keeps at a time; it deletes the others. */
const KEPT = 50;
/** The growth of the memory from the first fifth of the time to its end, in bytes, that is no leak. */
const MAX_GROWTH = 80_000_000;

let site: Site;
let client: HandleClient;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
  client = createClient(await loadCredentials(site.credentials.password));
});
afterAll(async () => {
  await client?.close();
  await site?.remove();
});

/** The memory of a process without the files that it has mapped, in bytes. */
function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const urlOf = (lane: number, i: number, version: number) => `https://example.org/${lane}/${i}/${version}`;

async function runLane(lane: number, until: number, counts: Map<string, number>): Promise<void> {
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let i = 0; performance.now() < until; i++) {
    const handle = `${PREFIX}/mixed-${lane}-${i}`;
    await client.create(handle, { URL: urlOf(lane, i, 1) });
    count("create");
    await client.modify(handle, { URL: urlOf(lane, i, 2) });
    count("modify");
    for (let back = 0; back < 10; back++) {
      const number = Math.max(0, i - ((back * 7) % KEPT));
      const value = await client.readValue(`${PREFIX}/mixed-${lane}-${number}`, "URL");
      expect(value?.data.value).toBe(urlOf(lane, number, 2));
      count("read");
    }
    if (i >= KEPT) {
      const old = `${PREFIX}/mixed-${lane}-${i - KEPT}`;
      await client.delete(old);
      count("delete");
      const gone = await client.read(old).catch((error: unknown) => error);
      expect(isHandleError(gone, "handle_not_found")).toBe(true);
    }
    if (i % 100 === 50) {
      for await (const _ of client.list(PREFIX)) break;
      count("list");
    }
  }
}

it(
  "answers every request of a mixed load, and keeps its memory",
  async () => {
    const counts = new Map<string, number>();
    const begun = performance.now();
    const lanes = Array.from({ length: LANES }, (_, lane) => runLane(lane, begun + DURATION_MS, counts));
    await new Promise((resolve) => setTimeout(resolve, DURATION_MS / 5));
    const before = memoryOf(site.server.pid);
    await Promise.all(lanes);
    const after = memoryOf(site.server.pid);
    expect(after - before).toBeLessThan(MAX_GROWTH);
    expect(counts.get("read")).toBeGreaterThan(100);
    expect(site.server.text.stderr).not.toMatch(/"level":"(error|fatal)"/);
    if (LONG) {
      const mega = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
      console.log(
        JSON.stringify({ ...Object.fromEntries(counts), before: mega(before), after: mega(after) }),
      );
    }
  },
  DURATION_MS + 120_000,
);
