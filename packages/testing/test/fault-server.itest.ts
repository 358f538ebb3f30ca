import { encodeBasic, formatHandleAuthorization } from "@handlekit/auth/wire";
import { encodeUtf8, type HandleValueInput, handleKey, parseReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openMemory } from "@handlekit/service";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Fault, FaultPlan } from "../src/fault.ts";
import { withProbability } from "../src/fault-plan.ts";
import { createFaultServer, type FaultServer, type FaultServerOptions } from "../src/fault-server.ts";
import { ask, formatRequest, openRaw, parseAnswer, type RawAnswer } from "./raw-client.ts";

const PREFIX = "20.500.12345";
const USER = `300:${PREFIX}/USER`;
const HANDLE = `${PREFIX}/abc`;
const TARGET = `/api/handles/${HANDLE}`;
const PASSWORD = "S3CR3T-fault-server";
const authorization = encodeBasic(parseReference(USER), encodeUtf8(PASSWORD));
const body = { values: [{ index: 1, type: "URL", data: "https://example.org/" }] };
const write = { authorization, body };

const admin: HandleValueInput = {
  index: 100,
  type: "HS_ADMIN",
  data: { format: "admin", value: { ...parseReference(USER), permissions: "111111111111" } },
};
const seed = {
  [`0.NA/${PREFIX}`]: [admin],
  [`${PREFIX}/USER`]: [{ index: 300, type: "HS_SECKEY", data: PASSWORD, permissions: "1100" }, admin],
};

let tls: FaultServerOptions["tls"];
beforeAll(async () => {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const certificate = await createSelfSignedCertificate({
    privateKey,
    subject: "fault server",
    hosts: ["127.0.0.1"],
  });
  tls = { certificate, key: new TextDecoder().decode(privateKey.reveal()) };
});

async function start(faults: FaultPlan, store?: HandleStore): Promise<FaultServer & { readonly ca: string }> {
  const server = await createFaultServer({ tls, seed, faults, ...(store ? { store } : {}) });
  onTestFinished(() => server.close());
  return Object.defineProperties(
    { ...server, ca: tls.certificate },
    Object.getOwnPropertyDescriptors(server),
  );
}

/** The first request goes wrong. */
const once = (fault: Fault): FaultPlan => [fault];

const timesApplied = (server: FaultServer, handle = HANDLE) => server.applied.get(handleKey(handle)) ?? 0;

/** Resolves to the response code that another client reads. */
async function readCode(server: FaultServer & { ca: string }, target = TARGET): Promise<unknown> {
  const answer = (await ask(server, "GET", target)) as RawAnswer;
  return (JSON.parse(answer.body) as { responseCode: number }).responseCode;
}

describe("a fault server", () => {
  it("without faults is a handle server with the seed in it", async () => {
    const server = await start([]);
    const made = await ask(server, "PUT", TARGET, write);
    expect(made).toMatchObject({ status: 201 });
    expect(await ask(server, "GET", TARGET)).toMatchObject({ status: 200 });
    expect(await readCode(server, `/api/handles/0.NA/${PREFIX}`)).toBe(1);
    expect([server.requests, [...server.applied]]).toEqual([3, [[handleKey(HANDLE), 1]]]);
    expect((await server.store.read(handleKey(HANDLE)))?.values).toHaveLength(1);
    expect(new URL(server.origin).hostname).toBe("127.0.0.1");
  });

  it("counts no change that was refused", async () => {
    const server = await start([]);
    await ask(server, "PUT", TARGET, { body });
    await ask(server, "PUT", `${TARGET}?index=1`, write);
    await ask(server, "PUT", TARGET, write);
    await ask(server, "PUT", `${TARGET}?overwrite=false`, write);
    expect([server.requests, timesApplied(server)]).toEqual([4, 1]);
  });

  it("counts a change once that the store accepts at the second attempt", async () => {
    const { store } = openMemory();
    let conflicts = 0;
    const contested: HandleStore = {
      ...store,
      async commit(key, ...how) {
        if (key !== handleKey(HANDLE) || conflicts > 0) return store.commit(key, ...how);
        conflicts += 1;
        return "conflict";
      },
    };
    const server = await start([], contested);
    expect(await ask(server, "PUT", TARGET, write)).toMatchObject({ status: 201 });
    expect([conflicts, timesApplied(server)]).toEqual([1, 1]);
  });

  it("refuses a seed that the store already has", async () => {
    const { store } = await start([]);
    await expect(createFaultServer({ tls, seed, store })).rejects.toMatchObject({ code: "invalid_options" });
  });

  it("passes method, target and number to the plan, and injects nothing after the end of a queue", async () => {
    const told: unknown[] = [];
    const server = await start((request) => {
      told.push(request);
      return undefined;
    });
    await ask(server, "GET", `${TARGET}?index=1`);
    await ask(server, "PUT", TARGET, write);
    expect(told).toEqual([
      { method: "GET", target: `${TARGET}?index=1`, n: 1 },
      { method: "PUT", target: TARGET, n: 2 },
    ]);
    const queued = await start([undefined, { kind: "too-many" }]);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(((await ask(queued, "GET", TARGET)) as RawAnswer).status);
    expect(statuses).toEqual([404, 429, 404]);
    expect([queued.injected("too-many"), queued.injected("busy")]).toEqual([1, 0]);
  });

  it("ends the connections of hanging requests when it is closed", async () => {
    let onArrival = () => {};
    const arrived = new Promise<void>((resolve) => {
      onArrival = resolve;
    });
    const server = await createFaultServer({
      tls,
      faults() {
        onArrival();
        return { kind: "hang-before" };
      },
    });
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("GET", TARGET));
    await arrived;
    await server.close();
    expect(["end", "close", "ECONNRESET"]).toContain(await client.ended);
  });
});

describe("not applied", () => {
  const answered: readonly (readonly [Fault, number, Readonly<Record<string, string>>, RegExp])[] = [
    [{ kind: "busy" }, 503, { "content-type": "application/json;charset=utf-8" }, /^\{"responseCode":3,/],
    [{ kind: "busy", retryAfter: 7 }, 503, { "retry-after": "7" }, /./],
    [{ kind: "too-many", retryAfter: 1 }, 429, { "retry-after": "1" }, /^$/],
    [
      { kind: "redirect", location: "https://127.0.0.1:1/x" },
      302,
      { location: "https://127.0.0.1:1/x" },
      /^$/,
    ],
    [{ kind: "redirect", location: "/y", status: 308 }, 308, { location: "/y" }, /^$/],
    [{ kind: "not-json" }, 200, { "content-type": "text/html;charset=utf-8" }, /<!DOCTYPE html>/],
  ];
  it.each(answered)("%o: %i", async (fault, status, headers, text) => {
    const server = await start(once(fault));
    const answer = (await ask(server, "PUT", TARGET, write)) as RawAnswer;
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
    expect(answer.body).toMatch(text);
    expect([await readCode(server), timesApplied(server), server.injected(fault.kind)]).toEqual([100, 0, 1]);
  });

  it("reset-before: the connection is reset without a byte", async () => {
    const server = await start(once({ kind: "reset-before" }));
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("PUT", TARGET, write));
    expect([await client.ended, client.text]).toEqual(["ECONNRESET", ""]);
    expect([await readCode(server), timesApplied(server)]).toEqual([100, 0]);
  });

  it("hang-before: nothing comes, and the connection stays", async () => {
    let onArrival = () => {};
    const arrived = new Promise<void>((resolve) => {
      onArrival = resolve;
    });
    const server = await start(({ method }) => {
      if (method !== "PUT") return undefined;
      onArrival();
      return { kind: "hang-before" };
    });
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("PUT", TARGET, write));
    await arrived;
    expect(await readCode(server)).toBe(100);
    const stillOpen = await Promise.race([client.ended, Promise.resolve("open")]);
    expect([client.text, stillOpen, timesApplied(server)]).toEqual(["", "open", 0]);
  });
});

describe("applied", () => {
  it("reset-after: the connection is reset without a byte", async () => {
    const server = await start(once({ kind: "reset-after" }));
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("PUT", TARGET, write));
    expect([await client.ended, client.text]).toEqual(["ECONNRESET", ""]);
    expect([await readCode(server), timesApplied(server)]).toEqual([1, 1]);
  });

  it("hang-after: nothing comes, and the connection stays", async () => {
    const { store } = openMemory();
    let onCommit = () => {};
    const committed = new Promise<void>((resolve) => {
      onCommit = resolve;
    });
    const watched: HandleStore = {
      ...store,
      async commit(key, ...how) {
        const outcome = await store.commit(key, ...how);
        if (key === handleKey(HANDLE)) onCommit();
        return outcome;
      },
    };
    const server = await start(once({ kind: "hang-after" }), watched);
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("PUT", TARGET, write));
    await committed;
    expect(await readCode(server)).toBe(1);
    const stillOpen = await Promise.race([client.ended, Promise.resolve("open")]);
    expect([client.text, stillOpen, timesApplied(server)]).toEqual(["", "open", 1]);
  });

  it("half-close: half of the answer, the end, and the server still listens", async () => {
    let onSecond = () => {};
    const second = new Promise<void>((resolve) => {
      onSecond = resolve;
    });
    const server = await start(({ n }) => {
      if (n === 1) return { kind: "half-close" };
      if (n === 2) onSecond();
      return undefined;
    });
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("PUT", TARGET, write));
    expect(await client.ended).toBe("end");
    const [head = "", half = ""] = client.text.split("\r\n\r\n");
    const promised = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(head).toMatch(/^HTTP\/1\.1 201 /);
    expect([half.length, half]).toEqual([
      Math.floor(promised / 2),
      expect.stringMatching(/^\{"responseCode":1,/),
    ]);
    client.send(formatRequest("GET", TARGET));
    await second;
    expect([await readCode(server), timesApplied(server)]).toEqual([1, 1]);
  });

  it("half-close: an answer without a body ends within its head", async () => {
    const server = await start(once({ kind: "half-close" }));
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("OPTIONS", TARGET));
    expect([await client.ended, client.text]).toEqual(["end", "HTTP/1.1 "]);
  });

  it("slow: a byte for each item, the rest at the end", async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await start(once({ kind: "slow", pace: ["at once", gate] }));
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("PUT", TARGET, write));
    await client.until((text) => text.endsWith('\r\n\r\n{"'));
    expect(await readCode(server)).toBe(1);
    expect([parseAnswer(client.text), timesApplied(server)]).toEqual([undefined, 1]);
    go();
    const whole = await client.until((text) => parseAnswer(text) !== undefined);
    expect(JSON.parse(parseAnswer(whole)?.body ?? "")).toEqual({ responseCode: 1, handle: HANDLE });
  });

  it("slow: a pace that fails resets the connection", async () => {
    const pace = (async function* () {
      yield await Promise.reject(new Error("of the test"));
    })();
    const server = await start(once({ kind: "slow", pace }));
    const client = await openRaw(server.origin, tls.certificate);
    client.send(formatRequest("GET", TARGET));
    expect(await client.ended).toBe("ECONNRESET");
  });

  it("wrong-status: the response with another status", async () => {
    const server = await start(once({ kind: "wrong-status", status: 500 }));
    const answer = (await ask(server, "PUT", TARGET, write)) as RawAnswer;
    expect([answer.status, JSON.parse(answer.body)]).toEqual([500, { responseCode: 1, handle: HANDLE }]);
    expect([await readCode(server), timesApplied(server)]).toEqual([1, 1]);
  });
});

describe("expired-session", () => {
  it("refuses an earlier session with 401 and accepts a new one", async () => {
    const server = await start(({ n }) => (n === 3 ? { kind: "expired-session" } : undefined));
    const login = async () => {
      const opened = (await ask(server, "POST", "/api/sessions", { authorization })) as RawAnswer;
      const { sessionId } = JSON.parse(opened.body) as { sessionId: string };
      return formatHandleAuthorization({ sessionId });
    };
    const before = await login();
    const put = (header: string, suffix: string) =>
      ask(server, "PUT", `/api/handles/${PREFIX}/${suffix}`, { authorization: header, body });
    expect(await put(before, "1")).toMatchObject({ status: 201 });
    expect(await put(before, "2")).toMatchObject({ status: 401 });
    expect(await put(before, "2")).toMatchObject({ status: 401 });
    expect(await put(await login(), "2")).toMatchObject({ status: 201 });
    expect([timesApplied(server, `${PREFIX}/1`), timesApplied(server, `${PREFIX}/2`)]).toEqual([1, 1]);
  });
});

describe("the counts", () => {
  const SEED = 20261121;
  const handles = Array.from({ length: 40 }, (_, i) => `${PREFIX}/item-${i}`);
  const faults = [{ kind: "busy" }, { kind: "reset-before" }, { kind: "reset-after" }] as const;

  /** Writes every handle, again and again until the server says that it is there. */
  async function writeAll(server: FaultServer & { ca: string }, query: string): Promise<void> {
    for (const handle of handles) {
      for (let done = false; !done; ) {
        const answer = await ask(server, "PUT", `/api/handles/${handle}${query}`, write);
        done = typeof answer !== "string" && [200, 201, 409].includes(answer.status);
      }
    }
  }

  it("prove that nothing is lost and nothing is done twice", async () => {
    const server = await start(withProbability(SEED, 0.4, ...faults));
    await writeAll(server, "?overwrite=false");
    expect(handles.map((handle) => timesApplied(server, handle))).toEqual(handles.map(() => 1));
    expect(server.applied.size).toBe(handles.length);
    for (const { kind } of faults) expect(server.injected(kind)).toBeGreaterThan(0);
  });

  it("show that something is done twice", async () => {
    const server = await start(withProbability(SEED, 0.4, ...faults));
    await writeAll(server, "?overwrite=true");
    const twice = handles.filter((handle) => timesApplied(server, handle) > 1);
    expect(twice.length).toBeGreaterThan(0);
    const all = handles.reduce((sum, handle) => sum + timesApplied(server, handle), 0);
    expect(all).toBe(handles.length + server.injected("reset-after"));
  });
});
