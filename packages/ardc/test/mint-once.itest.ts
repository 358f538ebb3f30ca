import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArdcClient, MintOnceOptions } from "@handlekit/ardc";
import { HandleError } from "@handlekit/core";
import { createMemoryJournal, type Journal } from "@handlekit/core/journal";
import { openJournalFile } from "@handlekit/core/journal-file";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  carryOutInSilence,
  drop,
  type FakeService,
  PREFIX,
  say,
  startFakeService,
  type Trick,
} from "./fake-service.ts";
import { ACCOUNT, clientOf, collect, errorOf } from "./support.ts";

const START = Date.parse("2030-01-02T03:04:05Z");
const URL_VALUE = "https://example.org/data/1";
const KEY = "record 1";
const REFUSED = `<response type="failure"><message type="user">Authentication Failed</message></response>`;
const BROKEN = `<response type="failure"><message type="system">java.sql.SQLException</message></response>`;

interface Stage {
  readonly fake: FakeService;
  readonly client: ArdcClient;
  readonly journal: Journal;
  /** The waits so far, in milliseconds; each advances the clock. */
  readonly waits: number[];
  readonly clock: { now: number };
  /** Run during the next waits, one in each. */
  readonly meanwhile: (() => Promise<unknown>)[];
  once(options?: Partial<MintOnceOptions>): ReturnType<ArdcClient["mintOnce"]>;
  kinds(): Promise<string[]>;
  /** Returns the services that were called since the last call of this function. */
  asked(): string[];
}

/** Returns a journal object with the same entries that has not been read yet, as after a restart. */
function reopened(journal: Journal): Journal {
  return { entries: () => journal.entries(), append: (entries) => journal.append(entries) };
}

async function setStage(given?: Journal): Promise<Stage> {
  const fake = await startFakeService();
  const journal = given ?? createMemoryJournal();
  const waits: number[] = [];
  const clock = { now: START };
  const meanwhile: Stage["meanwhile"] = [];
  const client = clientOf(fake, {
    now: () => clock.now,
    wait: async (milliseconds, signal) => {
      waits.push(milliseconds);
      clock.now += milliseconds;
      await meanwhile.shift()?.();
      if (signal?.aborted) throw new HandleError("aborted", { message: "The wait was aborted." });
    },
  });
  await client.getOwnerHandle();
  fake.seen.length = 0;
  return {
    fake,
    client,
    journal,
    waits,
    clock,
    meanwhile,
    // As if the process had been restarted before each call.
    once: (options = {}) =>
      client.mintOnce({ key: KEY, journal: reopened(journal), url: URL_VALUE, ...options }),
    kinds: async () => (await collect(journal.entries())).map(({ kind }) => kind),
    asked: () => fake.seen.splice(0).map(({ service }) => service),
  };
}

const holders = ({ fake }: Stage, value = URL_VALUE) =>
  [...fake.handles].filter(([, { values }]) => [...values.values()].some(([, data]) => data === value))
    .length;

describe("mintOnce", () => {
  it("records its intent, mints, and knows the key afterwards", async () => {
    const stage = await setStage();
    const earlier = await stage.client.mint({ url: URL_VALUE });
    stage.asked();
    expect(await stage.once({ index: 5 })).toEqual({ handle: `${PREFIX}/3`, outcome: "minted" });
    expect(stage.asked()).toEqual(["getHandle", "mint"]);
    expect(await collect(stage.journal.entries())).toEqual([
      {
        kind: "mint-intent",
        key: KEY,
        at: "2030-01-02T03:04:05.000Z",
        data: { url: URL_VALUE, before: [earlier.handle] },
      },
      { kind: "mint-handle", key: KEY, at: "2030-01-02T03:04:05.000Z", data: { handle: `${PREFIX}/3` } },
      { kind: "mint-complete", key: KEY, at: "2030-01-02T03:04:05.000Z" },
    ]);
    expect([...(stage.fake.handles.get(`${PREFIX}/3`)?.values ?? [])]).toEqual([[5, ["URL", URL_VALUE]]]);
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/3`, outcome: "recorded" });
    expect([stage.asked(), stage.waits]).toEqual([[], []]);
  });

  it("has written the intent when the mint is sent", async () => {
    const stage = await setStage();
    let kinds: string[] = [];
    stage.fake.trick("mint", async (_, response, carryOut) => {
      kinds = await stage.kinds();
      response.end(carryOut());
    });
    await stage.once({ url: undefined, desc: "text" });
    expect(kinds).toEqual(["mint-intent"]);
    expect(holders(stage, "text")).toBe(1);
  });

  it.each([
    ["lost its answer", carryOutInSilence],
    [
      "answered with a page",
      ((_, response, carryOut) => {
        carryOut();
        response.writeHead(500, { "content-type": "text/html" }).end("<html>");
      }) satisfies Trick,
    ],
  ])("adopts the handle of a mint that %s", async (_, trick) => {
    const stage = await setStage();
    await stage.client.mint({ url: URL_VALUE });
    stage.asked();
    stage.fake.trick("mint", trick);
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/3`, outcome: "adopted" });
    expect(stage.waits).toEqual([30_000]);
    expect(stage.fake.lines().slice(-2)).toEqual([
      `listHandles startHandle=${PREFIX}/2`,
      `listHandles startHandle=${PREFIX}/3`,
    ]);
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/3`, outcome: "recorded" });
    expect(holders(stage)).toBe(2);
  });

  it("mints again when the first left nothing behind, after settleMs", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", drop);
    expect(await stage.once({ settleMs: 5 })).toEqual({ handle: `${PREFIX}/2`, outcome: "minted" });
    expect(stage.asked()).toEqual(["getHandle", "mint", "getHandle", "mint"]);
    expect(stage.waits).toEqual([5]);
    expect(await stage.kinds()).toEqual(["mint-intent", "mint-intent", "mint-handle", "mint-complete"]);
  });

  it("gives up after two tries, and resumes at the next call", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", drop, drop);
    const error = await errorOf(stage.once());
    expect([error.code, error.hint]).toEqual([
      "outcome_unknown",
      "Call mintOnce again later with the same key, values and journal.",
    ]);
    expect(error.message).toContain(`the key "${KEY}" got no answer twice`);
    expect(stage.waits).toEqual([30_000, 30_000]);
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "minted" });
    expect(holders(stage)).toBe(1);
  });

  it("adopts a late handle at the next call", async () => {
    const stage = await setStage();
    const late: (() => string)[] = [];
    const later: Trick = (_, response, carryOut) => {
      late.push(carryOut);
      response.destroy();
    };
    stage.fake.trick("mint", later, drop);
    await errorOf(stage.once());
    late[0]?.();
    stage.asked();
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
    expect(stage.asked()).not.toContain("mint");
    expect(holders(stage)).toBe(1);
  });

  it("names all candidates when there are several, and adopts the one that is kept", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", carryOutInSilence);
    stage.meanwhile.push(() => stage.client.mint({ url: URL_VALUE }));
    const error = await errorOf(stage.once());
    expect(error.code).toBe("outcome_unknown");
    expect(error.message).toBe(
      `2 new handles may be the one for the key "${KEY}": ${PREFIX}/2, ${PREFIX}/3.`,
    );
    expect((await errorOf(stage.once())).message).toBe(error.message);
    await stage.client.deleteValueByIndex(`${PREFIX}/2`, 1);
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/3`, outcome: "adopted" });
  });

  it("does not adopt what others mint with the same value", async () => {
    const stage = await setStage();
    const other = clientOf(stage.fake, {}, { ardc: { ...ACCOUNT, identifier: "SomeoneElse" } });
    stage.fake.trick("mint", drop);
    stage.meanwhile.push(() => other.mint({ url: URL_VALUE }));
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/4`, outcome: "minted" });
    expect(stage.asked()).toEqual(["getHandle", "mint", "mint", "getHandle", "listHandles", "mint"]);
  });

  it("does not adopt the handle of another key", async () => {
    const stage = await setStage();
    const second = clientOf(stage.fake);
    stage.fake.trick("mint", drop);
    stage.meanwhile.push(() => second.mintOnce({ key: "record 2", journal: stage.journal, url: URL_VALUE }));
    expect(await stage.once({ journal: stage.journal })).toEqual({
      handle: `${PREFIX}/3`,
      outcome: "minted",
    });
    expect(holders(stage)).toBe(2);
  });

  it("reads a journal once, and again only when it could not be written", async () => {
    const inner = createMemoryJournal();
    const did = { reads: 0, fails: false };
    const journal: Journal = {
      entries() {
        did.reads += 1;
        return inner.entries();
      },
      async append(entries) {
        if (did.fails) throw new HandleError("store_failed", { message: "The disk is full." });
        await inner.append(entries);
      },
    };
    const stage = await setStage();
    const once = (key: string) => stage.once({ key, journal });
    const made = [await once("a"), await once("b"), await once("a"), await once("c")];
    expect(made.map(({ outcome }) => outcome)).toEqual(["minted", "minted", "recorded", "minted"]);
    expect(did.reads).toBe(1);
    did.fails = true;
    expect((await errorOf(once("d"))).code).toBe("store_failed");
    did.fails = false;
    expect((await once("d")).outcome).toBe("minted");
    expect(did.reads).toBe(2);
  });

  it("mints one handle for each key when all are minted at once", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", carryOutInSilence, drop, carryOutInSilence);
    const keys = ["a", "b", "c", "a", "b", "c", "a"];
    const made = await Promise.all(keys.map((key) => stage.once({ key, journal: stage.journal })));
    const byKey = new Map(keys.map((key, i) => [key, made[i]?.handle]));
    expect(made.map(({ handle }) => handle)).toEqual(keys.map((key) => byKey.get(key)));
    expect([new Set(byKey.values()).size, holders(stage)]).toEqual([3, 3]);
  });

  it("forgets a refused mint, so that the next call does not wait", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", say(REFUSED));
    expect((await errorOf(stage.once())).code).toBe("authentication_failed");
    expect(await stage.kinds()).toEqual(["mint-intent", "mint-refused"]);
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "minted" });
    expect(stage.waits).toEqual([]);
  });

  it("remembers an earlier try after a later refusal", async () => {
    const stage = await setStage();
    const late: (() => string)[] = [];
    const later: Trick = (_, response, carryOut) => {
      late.push(carryOut);
      response.destroy();
    };
    stage.fake.trick("mint", later, say(REFUSED), say(REFUSED));
    for (const _ of [1, 2]) expect((await errorOf(stage.once())).code).toBe("authentication_failed");
    late[0]?.();
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
    expect(await stage.kinds()).not.toContain("mint-refused");
  });

  it("does not treat a fault inside the service as a refusal", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", (_, response, carryOut) => {
      carryOut();
      response.end(BROKEN);
    });
    expect((await errorOf(stage.once())).code).toBe("server_error");
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
  });

  it("mints nothing when it cannot search, and resumes later", async () => {
    const stage = await setStage();
    stage.fake.trick("getHandle", say("busy", 503));
    expect((await errorOf(stage.once())).code).toBe("server_busy");
    expect([stage.asked(), await stage.kinds()]).toEqual([["getHandle"], []]);
    stage.fake.trick("mint", carryOutInSilence);
    stage.fake.trick("listHandles", drop);
    expect((await errorOf(stage.once())).code).toBe("connection_failed");
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
    expect(holders(stage)).toBe(1);
  });

  it("does not treat an answer without handles as an empty result", async () => {
    const stage = await setStage();
    stage.fake.trick("getHandle", say('<response type="success"/>'));
    expect((await errorOf(stage.once())).code).toBe("protocol_error");
    expect([stage.asked(), await stage.kinds()]).toEqual([["getHandle"], []]);
  });

  it("can be aborted while it waits", async () => {
    const stage = await setStage();
    const controller = new AbortController();
    stage.fake.trick("mint", carryOutInSilence);
    stage.meanwhile.push(async () => controller.abort());
    expect((await errorOf(stage.once({ signal: controller.signal }))).code).toBe("aborted");
    expect(await stage.once()).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
  });

  it.each([
    ["at once", 0, [30_000]],
    ["soon", 45_000, [15_000]],
    ["much later", 61_000, []],
    ["with a clock that went back", -3_600_000, [30_000]],
  ])("waits no longer than needed when it is resumed %s", async (_, passed, waits) => {
    const stage = await setStage();
    stage.fake.trick("mint", () => {
      stage.fake.always = undefined;
      controller.abort();
    });
    const controller = new AbortController();
    await errorOf(stage.once({ signal: controller.signal }));
    stage.clock.now += passed;
    expect((await stage.once()).outcome).toBe("minted");
    expect(stage.waits).toEqual(waits);
  });
});

describe("mintOnce with two values", () => {
  const both = { url: URL_VALUE, desc: "text" };

  it("mints with the URL and adds the DESC", async () => {
    const stage = await setStage();
    expect(await stage.once(both)).toEqual({ handle: `${PREFIX}/2`, outcome: "minted" });
    expect(stage.asked()).toEqual(["getHandle", "mint", "addValue"]);
    expect(await stage.kinds()).toEqual(["mint-intent", "mint-handle", "mint-complete"]);
    expect(await stage.once(both)).toEqual({ handle: `${PREFIX}/2`, outcome: "recorded" });
    expect(stage.asked()).toEqual([]);
  });

  it.each([
    ["was not added", drop, ["getHandle", "addValue"]],
    ["was added without an answer", carryOutInSilence, ["getHandle"]],
    ["was refused", say(REFUSED), ["getHandle", "addValue"]],
  ])("resumes with the handle when the DESC %s", async (_, trick, asked) => {
    const stage = await setStage();
    stage.fake.trick("addValue", trick);
    expect((await errorOf(stage.once(both))).handle).toBe(`${PREFIX}/2`);
    stage.asked();
    expect(await stage.once(both)).toEqual({ handle: `${PREFIX}/2`, outcome: "recorded" });
    expect(stage.asked()).toEqual(asked);
    expect([...(stage.fake.handles.get(`${PREFIX}/2`)?.values.values() ?? [])]).toEqual([
      ["URL", URL_VALUE],
      ["DESC", "text"],
    ]);
  });

  it("gives an adopted handle its DESC", async () => {
    const stage = await setStage();
    stage.fake.trick("mint", carryOutInSilence);
    expect(await stage.once(both)).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
    expect(stage.fake.handles.get(`${PREFIX}/2`)?.values.size).toBe(2);
  });
});

describe("mintOnce rejects", () => {
  it("to mint without a value to find the handle by", async () => {
    const stage = await setStage();
    const error = await errorOf(stage.once({ url: undefined }));
    expect(error.code).toBe("invalid_options");
    expect(error.message).toContain("needs a value to find the handle by");
    expect([stage.asked(), await stage.kinds()]).toEqual([[], []]);
  });

  it("a key that was used with other values", async () => {
    const stage = await setStage();
    await stage.once();
    for (const other of [
      { url: "https://example.org/2" },
      { desc: "more" },
      { url: undefined, desc: URL_VALUE },
    ]) {
      const error = await errorOf(stage.once(other));
      expect([error.code, error.message]).toEqual([
        "invalid_options",
        `The key "${KEY}" was used before, for other values.`,
      ]);
    }
  });

  it("an unusable value, index or time, before it writes or sends anything", async () => {
    const stage = await setStage();
    expect((await errorOf(stage.once({ desc: "\u0001" }))).code).toBe("invalid_value");
    expect((await errorOf(stage.once({ index: -1 }))).code).toBe("invalid_value");
    for (const settleMs of [-1, 0.5, Number.NaN, 2 ** 31]) {
      expect((await errorOf(stage.once({ settleMs }))).code).toBe("invalid_options");
    }
    expect([stage.asked(), await stage.kinds()]).toEqual([[], []]);
  });

  it.each([
    ["an intent without handles", { kind: "mint-intent", data: { url: URL_VALUE } }],
    ["an intent of another kind", { kind: "mint-intent", data: { url: 1, before: [] } }],
    ["a list of no texts", { kind: "mint-intent", data: { url: URL_VALUE, before: [1] } }],
    ["an intent of nothing", { kind: "mint-intent", data: null }],
    ["a handle out of nowhere", { kind: "mint-handle", data: { handle: "a/1" } }],
    ["an end without a handle", { kind: "mint-complete" }],
  ])("a journal with %s, but only for its key", async (_, entry) => {
    const stage = await setStage();
    const at = new Date(START).toISOString();
    await stage.journal.append([
      { kind: "something", key: KEY, at },
      { ...entry, key: KEY, at },
    ]);
    const error = await errorOf(stage.once());
    expect([error.code, error.message]).toEqual([
      "invalid_value",
      `The journal's entries for the key "${KEY}" are not those of mintOnce.`,
    ]);
    expect((await stage.once({ key: "another" })).outcome).toBe("minted");
  });
});

describe("mintOnce with a journal in a file", () => {
  it("resumes after a crash between the intent and its outcome", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mint-once-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "mint.journal");
    const first = await openJournalFile(path);
    const stage = await setStage(first);
    // The process crashes after the service has minted and before it answers.
    const crashed = new Promise<void>((resolve) => {
      stage.fake.trick("mint", (_, __, carryOut) => {
        carryOut();
        resolve();
      });
    });
    stage.once().catch(() => {});
    await crashed;
    await first.close();
    const journal = await openJournalFile(path);
    onTestFinished(() => journal.close());
    expect((await collect(journal.entries())).map(({ kind }) => kind)).toEqual(["mint-intent"]);
    const resumed = clientOf(stage.fake, { now: () => START + 3_600_000 });
    const again = { key: KEY, journal, url: URL_VALUE };
    expect(await resumed.mintOnce(again)).toEqual({ handle: `${PREFIX}/2`, outcome: "adopted" });
    expect(await resumed.mintOnce(again)).toEqual({ handle: `${PREFIX}/2`, outcome: "recorded" });
    expect(holders(stage)).toBe(1);
  });

  it("mints one handle, whatever fails, when it is called until it succeeds", async () => {
    const tricks = { silent: carryOutInSilence, drop, refused: say(REFUSED), page: say("<html/>", 500) };
    const anyTricks = fc.array(fc.constantFrom<keyof typeof tricks>("silent", "drop", "refused", "page"), {
      maxLength: 6,
    });
    const lookups = fc.array(fc.constantFrom<keyof typeof tricks>("drop", "refused", "page"), {
      maxLength: 3,
    });
    const stage = await setStage();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyTricks, lookups, lookups, anyTricks, async (mint, look, list, add) => {
        const url = `${URL_VALUE}/${++run}`;
        const options = { key: `run ${run}`, url, desc: `text ${run}` };
        // Tricks that an earlier run left over are played first.
        for (const [service, names] of Object.entries({
          mint,
          getHandle: look,
          listHandles: list,
          addValue: add,
        })) {
          stage.fake.trick(service, ...names.map((name) => tricks[name]));
        }
        let handle: string | undefined;
        for (let tries = 0; handle === undefined && tries < 40; tries++) {
          handle = await stage.once(options).then(
            (result) => result.handle,
            () => undefined,
          );
        }
        expect(handle).toBeDefined();
        expect(holders(stage, url)).toBe(1);
        expect([...(stage.fake.handles.get(handle ?? "")?.values.values() ?? [])]).toEqual([
          ["URL", url],
          ["DESC", `text ${run}`],
        ]);
      }),
      { numRuns: 25 },
    );
  });
});
