import { inspect } from "node:util";
import { digestOf } from "@handlekit/client";
import { type HandleError, type HandleValueInput, isHandleError } from "@handlekit/core";
import type { Fault } from "@handlekit/testing";
import { describe, expect, it } from "vitest";
import { adminFor, always, HANDLE, onMethod, PREFIX, QUICK, startSite } from "./fault-site.ts";

const url = (data: string): HandleValueInput => ({ index: 1, type: "URL", data });
const present = { [HANDLE]: [url("old"), { index: 2, type: "EMAIL", data: "e" }, adminFor("USER")] };

async function errorOf(promise: Promise<unknown>): Promise<HandleError> {
  const error: unknown = await promise.then(String, (thrown: unknown) => thrown);
  if (!isHandleError(error)) throw new Error(`no HandleError: ${inspect(error)}`);
  expect(inspect(error, { depth: 9 })).not.toContain("S3CR3T");
  return error;
}

/** Faults that lose the answer to a write that was carried out. */
const LOST: readonly Fault[] = [
  { kind: "reset-after" },
  { kind: "hang-after" },
  { kind: "half-close" },
  { kind: "wrong-status", status: 502 },
  { kind: "wrong-status", status: 504 },
  { kind: "wrong-status", status: 500 },
];

describe.each(LOST)("an answer that is lost: %o", (fault) => {
  it("create: it succeeds, and the handle is created once", async () => {
    const site = await startSite({ faults: onMethod("PUT", fault) });
    const change = await site.client().create(HANDLE, { URL: "https://example.org/", EMAIL: "e" });
    expect([change.created, change.responseCode, change.handle]).toEqual([true, 1, HANDLE]);
    expect(site.timesApplied(HANDLE)).toBe(1);
    expect((await site.stored(HANDLE))?.map(({ type }) => type)).toEqual(["URL", "EMAIL", "HS_ADMIN"]);
  });

  it("create: it succeeds even if every answer is lost", async () => {
    const site = await startSite({ faults: always({ PUT: fault }) });
    expect((await site.client().create(HANDLE, {})).created).toBe(true);
    expect(site.timesApplied(HANDLE)).toBe(1);
  });

  it("modify: both parts of it, whatever was lost", async () => {
    const site = await startSite({ seed: present, faults: onMethod("PUT", fault, undefined, fault) });
    const change = await site.client().modify(HANDLE, { URL: "new", TITLE: "t" });
    expect([change.responseCode, change.written]).toEqual([1, true]);
    const values = await site.stored(HANDLE);
    expect(values?.map(({ index, data }) => [index, data.value]).slice(0, 3)).toEqual([
      [1, "new"],
      [2, "e"],
      [3, "t"],
    ]);
  });

  it("deleteValues and delete: what is gone was deleted", async () => {
    const site = await startSite({ seed: present, faults: onMethod("DELETE", fault) });
    const client = site.client();
    expect((await client.deleteValues(HANDLE, ["URL"])).responseCode).toBe(1);
    expect((await site.stored(HANDLE))?.map(({ index }) => index)).toEqual([2, 100]);
    expect(site.timesApplied(HANDLE)).toBe(1);
    const whole = await startSite({ seed: present, faults: onMethod("DELETE", fault) });
    expect(String(await whole.client().delete(HANDLE))).toContain(`deleted ${HANDLE}`);
    expect([await whole.stored(HANDLE), whole.timesApplied(HANDLE)]).toEqual([undefined, 1]);
  });

  it("with ifUnchanged: read back, never sent again", async () => {
    const site = await startSite({ seed: present, faults: onMethod("PUT", fault) });
    const client = site.client();
    const ifUnchanged = await digestOf((await client.read(HANDLE)).values);
    expect((await client.modify(HANDLE, { URL: "new" }, { ifUnchanged })).responseCode).toBe(1);
    expect(site.log.filter((line) => line.startsWith("PUT"))).toHaveLength(1);

    const gone = await startSite({ seed: present, faults: onMethod("DELETE", fault) });
    await gone.client().delete(HANDLE, { ifUnchanged });
    expect(gone.log.filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
    expect(await gone.stored(HANDLE)).toBe(undefined);
  });

  it("mint on the server: never sent again, and the handle is unknown", async () => {
    const site = await startSite({ faults: onMethod("PUT", fault) });
    const minted = site.client().mint(PREFIX, { URL: "u" }, { suffix: "server", suffixStart: "m-" });
    expect((await errorOf(minted)).code).toBe("outcome_unknown");
    expect(site.log).toEqual(["PUT m-?mintNewSuffix=true"]);
    expect((await site.store.list(PREFIX, undefined, 10)).filter((key) => key.includes("/M-"))).toHaveLength(
      1,
    );
  });
});

describe("a request that never arrives", () => {
  const before: readonly Fault[] = [{ kind: "reset-before" }, { kind: "hang-before" }];

  it.each(before)("%o: create, modify and delete are done by the next attempt, once", async (fault) => {
    const faults = ({ n }: { n: number }) => (n % 2 === 1 ? fault : undefined);
    const site = await startSite({ faults });
    const client = site.client();
    await client.create(HANDLE, { URL: "1" });
    await client.modify(HANDLE, { URL: "2" });
    await client.delete(HANDLE);
    expect([site.timesApplied(HANDLE), await site.stored(HANDLE)]).toEqual([3, undefined]);
  });

  it("with ifUnchanged it is not sent again: unknown", async () => {
    const site = await startSite({ seed: present, faults: onMethod("PUT", { kind: "reset-before" }) });
    const client = site.client();
    const ifUnchanged = await digestOf((await client.read(HANDLE)).values);
    const error = await errorOf(client.modify(HANDLE, { URL: "new" }, { ifUnchanged }));
    expect([error.code, error.retryable]).toEqual(["outcome_unknown", false]);
    expect(error.message).toContain(HANDLE);
    expect(site.timesApplied(HANDLE)).toBe(0);
  });

  it("if no answer ever arrives the outcome is unknown, and nothing counts as deleted", async () => {
    const site = await startSite({ seed: present, faults: always({ DELETE: { kind: "reset-before" } }) });
    for (const call of [
      () => site.client().delete(HANDLE),
      () => site.client().deleteValues(HANDLE, ["URL"]),
    ]) {
      expect((await errorOf(call())).code).toBe("outcome_unknown");
    }
    expect(site.timesApplied(HANDLE)).toBe(0);
  });

  it("an index that was never there stays an error, and nothing is deleted", async () => {
    const site = await startSite({ seed: present, faults: onMethod("DELETE", { kind: "reset-before" }) });
    const error = await errorOf(site.client().deleteValues(HANDLE, [1, 7]));
    expect([error.code, site.timesApplied(HANDLE)]).toEqual(["values_not_found", 0]);
    expect((await site.stored(HANDLE))?.map(({ index }) => index)).toEqual([1, 2, 100]);
  });
});

describe("a handle of another client after an unknown outcome", () => {
  it("exists", async () => {
    const site = await startSite({ seed: present, faults: onMethod("PUT", { kind: "reset-before" }) });
    const error = await errorOf(site.client().create(HANDLE, { URL: "mine" }));
    expect([error.code, error.handle]).toEqual(["handle_exists", HANDLE]);
  });

  it("exists also if the record has all our values and more", async () => {
    const site = await startSite({ seed: present, faults: onMethod("PUT", { kind: "reset-before" }) });
    const mine = [url("old"), adminFor("USER")];
    expect((await errorOf(site.client().create(HANDLE, mine))).code).toBe("handle_exists");
  });
});

describe("outcomes that cannot be settled", () => {
  it("is unknown when the record cannot be read back", async () => {
    const lost = onMethod("PUT", { kind: "reset-after" });
    const site = await startSite({
      faults: (request) => lost(request) ?? (request.method === "GET" ? { kind: "busy" } : undefined),
    });
    const error = await errorOf(site.client().create(HANDLE, {}));
    expect([error.code, isHandleError(error.cause) && error.cause.code]).toEqual([
      "outcome_unknown",
      "handle_exists",
    ]);
    expect(site.timesApplied(HANDLE)).toBe(1);
  });

  it("is unknown when the server gets busy, or goes away, after a lost answer", async () => {
    const busy = onMethod("PUT", { kind: "reset-before" }, { kind: "busy" }, { kind: "busy" });
    const site = await startSite({ faults: busy });
    expect((await errorOf(site.client().create(HANDLE, {}))).code).toBe("outcome_unknown");

    const going = await startSite({
      faults({ n }) {
        if (n > 1) return { kind: "hang-before" };
        setImmediate(() => going.close());
        return { kind: "reset-before" };
      },
    });
    expect((await errorOf(going.client().create(HANDLE, {}))).code).toBe("outcome_unknown");
  });

  it("is unknown if a hidden value of ours may not be read", async () => {
    const site = await startSite({ faults: onMethod("PUT", { kind: "reset-after" }) });
    const values = [
      { type: "URL", data: "u" },
      { type: "NOTE", data: "n", permissions: "1100" },
      adminFor("USER", "000000000000"),
    ];
    expect((await errorOf(site.client().create(HANDLE, values))).code).toBe("outcome_unknown");
  });

  it("succeeds if the server made a secret key less public", async () => {
    const site = await startSite({ faults: onMethod("PUT", { kind: "reset-after" }) });
    const change = await site
      .client()
      .create(HANDLE, [{ type: "HS_SECKEY", index: 300, data: "S3CR3T-key" }]);
    expect(change.created).toBe(true);
  });
});

describe("an answer that is not the API's", () => {
  it("is a protocol_error when nothing was done", async () => {
    const site = await startSite({ faults: onMethod("PUT", { kind: "not-json" }) });
    const error = await errorOf(site.client().create(HANDLE, {}));
    expect([error.code, error.status, site.timesApplied(HANDLE)]).toEqual(["protocol_error", 200, 0]);
  });

  it("is an error that names the new address when it is a redirect", async () => {
    const location = "https://elsewhere.example/x";
    const site = await startSite({ faults: onMethod("PUT", { kind: "redirect", location }) });
    const error = await errorOf(site.client().create(HANDLE, {}));
    expect([error.code, error.message.includes(location)]).toEqual(["redirected", true]);
  });
});

describe("a busy server", () => {
  it.each<Fault>([{ kind: "busy" }, { kind: "too-many" }, { kind: "busy", retryAfter: 0 }])(
    "%o: is asked again",
    async (fault) => {
      const site = await startSite({ faults: [fault, fault, undefined, fault] });
      const client = site.client();
      expect((await client.create(HANDLE, { URL: "u" })).created).toBe(true);
      expect((await client.readValue(HANDLE, "URL"))?.data.value).toBe("u");
      expect([site.timesApplied(HANDLE), site.requests]).toEqual([1, 5]);
    },
  );

  it("is server_busy in the end, not unknown (Q27)", async () => {
    const site = await startSite({ faults: () => ({ kind: "busy" }) });
    const client = site.client();
    for (const call of [
      () => client.create(HANDLE, {}),
      () => client.read(HANDLE),
      () => client.delete(HANDLE),
    ]) {
      const error = await errorOf(call());
      expect([error.code, error.retryable, error.responseCode]).toEqual(["server_busy", true, 3]);
    }
  });
});

describe("time", () => {
  it("a read that hangs times out, in total (Q27)", async () => {
    const site = await startSite({ faults: () => ({ kind: "hang-before" }) });
    const client = site.client("USER", {}, { ...QUICK, timeouts: { attempt: 10_000, total: 2000 } });
    expect((await errorOf(client.read(HANDLE))).code).toBe("timeout");
    expect(site.requests).toBe(1);
  });

  it("each attempt has its own", async () => {
    const site = await startSite({ faults: () => ({ kind: "hang-before" }) });
    const client = site.client("USER", {}, { ...QUICK, timeouts: { attempt: 1000, total: 20_000 } });
    expect((await errorOf(client.read(HANDLE))).code).toBe("timeout");
    expect(site.requests).toBe(3);
  });

  it("a call that is aborted after a lost answer rejects with aborted and is not settled", async () => {
    const stop = new AbortController();
    const site = await startSite({
      faults({ n }) {
        if (n === 1) return { kind: "reset-after" };
        stop.abort();
        return { kind: "hang-before" };
      },
    });
    expect((await errorOf(site.client().create(HANDLE, {}, { signal: stop.signal }))).code).toBe("aborted");
    expect(site.requests).toBe(2);
  });

  it("an aborted call ends at once, and the client goes on", async () => {
    let stop = new AbortController();
    let answered = 0;
    const site = await startSite({
      seed: present,
      faults({ n }) {
        if (n <= answered) return undefined;
        stop.abort();
        return { kind: "hang-before" };
      },
    });
    const client = site.client("USER", {}, { retries: QUICK.retries ?? {} });
    const calls: readonly (readonly [reads: number, call: (signal: AbortSignal) => Promise<unknown>])[] = [
      [0, (signal) => client.read(HANDLE, { signal })],
      [0, (signal) => client.count(PREFIX, { signal })],
      [0, (signal) => client.create(HANDLE, {}, { signal })],
      [0, (signal) => client.mint(PREFIX, {}, { signal, suffix: "server" })],
      [0, (signal) => client.modify(HANDLE, { URL: "x" }, { signal })],
      [1, (signal) => client.modify(HANDLE, { URL: "x" }, { signal })],
      [1, (signal) => client.deleteValues(HANDLE, ["URL"], { signal })],
      [1, (signal) => client.delete(HANDLE, { signal })],
      [1, (signal) => client.locations.add(HANDLE, "https://example.org/", {}, { signal })],
    ];
    for (const [reads, call] of calls) {
      stop = new AbortController();
      answered = site.requests + reads;
      expect((await errorOf(call(stop.signal))).code).toBe("aborted");
      expect((await errorOf(call(stop.signal))).code).toBe("aborted");
      expect(site.requests).toBe(answered + 1);
    }
    answered = Number.POSITIVE_INFINITY;
    expect(site.timesApplied(HANDLE)).toBe(0);
    expect((await site.client().read(HANDLE)).values).toHaveLength(3);
  });
});
