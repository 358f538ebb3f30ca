import { createBasicAuth } from "@handlekit/auth/basic";
import { createClient, digestOf, type HandleClient } from "@handlekit/client";
import { type AuthStrategy, type HandleValueInput, isHandleError } from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  adminFor,
  codeOf,
  type FaultSite,
  HANDLE,
  onMethod,
  PREFIX,
  sinceNow,
  startSite,
} from "./fault-site.ts";

const url: HandleValueInput = { index: 1, type: "URL", data: "old" };
const note: HandleValueInput = { index: 2, type: "NOTE", data: "hidden", permissions: "1100" };
const present = { [HANDLE]: [url, note, adminFor("USER"), { ...adminFor("OTHER"), index: 101 }] };

/** Creates a strategy of the user with which another client changes the record just before each request of a method. */
function interrupted(site: FaultSite, method: string, change: (other: HandleClient) => Promise<unknown>) {
  const other = site.client("OTHER");
  const basic = createBasicAuth({
    identity: `300:${PREFIX}/USER`,
    password: "S3CR3T-of-the-client",
    origins: [site.origin],
  });
  const strategy: AuthStrategy = {
    ...basic,
    async authenticate(request, context) {
      if (request.method === method) await change(other);
      return basic.authenticate(request, context);
    },
  };
  return strategy;
}

describe("two creators at once", () => {
  it("one succeeds, the other fails with handle_exists, every time", async () => {
    const site = await startSite();
    // With the default time-outs: on a busy machine an attempt that is given up would be a third creator.
    const clients = [site.client("USER", {}, {}), site.client("OTHER", {}, {})];
    for (let round = 0; round < 25; round++) {
      const handle = `${PREFIX}/race-${round}`;
      const ends = await Promise.all(
        clients.map((client) =>
          client.create(handle, { URL: "u" }).then(
            ({ created }) => `created ${created}`,
            (error: unknown) => isHandleError(error) && error.code,
          ),
        ),
      );
      expect(ends.toSorted()).toEqual(["created true", "handle_exists"]);
      expect(site.timesApplied(handle)).toBe(1);
    }
    expect(site.log.every((line) => line.endsWith("?overwrite=false"))).toBe(true);
  });
});

describe("ifUnchanged", () => {
  const digestFor = async (client: HandleClient, authenticated: boolean) =>
    digestOf((await client.read(HANDLE, { authenticated })).values);

  it("takes the digest of what was read, with the login or without", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    for (const authenticated of [false, true]) {
      const ifUnchanged = await digestFor(client, authenticated);
      await client.modify(HANDLE, { URL: `new ${authenticated}` }, { ifUnchanged });
    }
    await client.deleteValues(HANDLE, ["NOTE"], { ifUnchanged: await digestFor(client, true) });
    await client.locations.add(
      HANDLE,
      "https://example.org/",
      {},
      { ifUnchanged: await digestFor(client, false) },
    );
    await client.delete(HANDLE, { ifUnchanged: await digestFor(client, true) });
    expect(await site.stored(HANDLE)).toBe(undefined);
  });

  it("writes nothing when the record has changed", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    const ifUnchanged = await digestFor(client, false);
    await site.client("OTHER").modify(HANDLE, { URL: "theirs" });
    const asked = sinceNow(site);
    for (const write of [
      () => client.modify(HANDLE, { URL: "mine" }, { ifUnchanged }),
      () => client.modify(HANDLE, { URL: "theirs" }, { ifUnchanged }),
      () => client.deleteValues(HANDLE, ["URL"], { ifUnchanged }),
      () => client.delete(HANDLE, { ifUnchanged }),
      () => client.locations.add(HANDLE, "https://example.org/", {}, { ifUnchanged }),
      () => client.locations.remove(HANDLE, "https://example.org/", { ifUnchanged }),
    ]) {
      expect(await codeOf(write())).toBe("record_changed");
    }
    expect(asked().every((line) => line.startsWith("GET"))).toBe(true);
  });

  it("does not fit a digest of a part of the record", async () => {
    const client = (await startSite({ seed: present })).client();
    const ifUnchanged = await digestOf((await client.read(HANDLE, { types: ["URL"] })).values);
    expect(await codeOf(client.modify(HANDLE, { URL: "mine" }, { ifUnchanged }))).toBe("record_changed");
  });

  it("leaves no gap where the server gives ETags: a change between the check and the write is seen", async () => {
    const site = await startSite({ seed: present });
    let count = 0;
    const changing = (other: HandleClient) => other.modify(HANDLE, { URL: `theirs ${++count}` });
    const reader = site.client();
    for (const [method, write] of [
      [
        "PUT",
        (client: HandleClient, ifUnchanged: string) =>
          client.modify(HANDLE, { URL: "mine" }, { ifUnchanged }),
      ],
      [
        "DELETE",
        (client: HandleClient, ifUnchanged: string) => client.deleteValues(HANDLE, [1], { ifUnchanged }),
      ],
      ["DELETE", (client: HandleClient, ifUnchanged: string) => client.delete(HANDLE, { ifUnchanged })],
    ] as const) {
      const ifUnchanged = await digestFor(reader, true);
      const client = site.client("USER", { strategy: interrupted(site, method, changing) });
      expect(await codeOf(write(client, ifUnchanged))).toBe("record_changed");
    }
    expect((await site.stored(HANDLE))?.[0]?.data.value).toBe("theirs 3");
  });

  it("leaves no gap between the two parts of a change, and says that the first was carried out", async () => {
    const site = await startSite({ seed: present });
    let puts = 0;
    const changing = async (other: HandleClient) => {
      if (++puts === 2) await other.modify(HANDLE, { URL: "theirs" });
    };
    const ifUnchanged = await digestFor(site.client(), true);
    const client = site.client("USER", { strategy: interrupted(site, "PUT", changing) });
    const error = await client
      .modify(HANDLE, { URL: "mine", TITLE: "t" }, { ifUnchanged })
      .catch((e: unknown) => e);
    expect(isHandleError(error, "record_changed") && error.message).toContain(
      "(index 3) had been added before",
    );
    expect((await site.stored(HANDLE))?.map(({ data }) => data.value).slice(0, 3)).toEqual([
      "theirs",
      "hidden",
      "t",
    ]);
  });

  it("carries out both parts if no other client interferes", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    const ifUnchanged = await digestFor(client, false);
    await client.modify(HANDLE, { URL: "mine", TITLE: "t" }, { ifUnchanged });
    expect((await site.stored(HANDLE))?.map(({ index }) => index)).toEqual([1, 2, 3, 100, 101]);
  });

  it("carries out both parts also if the server stores a value differently from how it was sent", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    const ifUnchanged = await digestFor(client, true);
    const key = { index: 300, type: "HS_SECKEY", data: "S3CR3T-key" };
    await client.modify(HANDLE, [url, key, { type: "NOTE", data: "seen by many" }], { ifUnchanged });
    expect((await site.stored(HANDLE))?.map(({ index }) => index)).toEqual([1, 2, 100, 101, 300]);
  });

  it("without ETags, as of Handle.Net, sees what came before its read and not what comes after: the gap remains", async () => {
    const site = await startSite({ seed: present });
    const inner = site.transport();
    const withoutTags: Transport = {
      ...inner,
      async send(request, options) {
        expect(request.headers["if-match"]).toBe(undefined);
        const response = await inner.send(request, options);
        const { etag: _, ...headers } = response.headers;
        return { ...response, headers };
      },
    };
    const theirs = (other: HandleClient) => other.modify(HANDLE, { URL: "theirs" });
    const ifUnchanged = await digestFor(site.client(), true);
    const client = createClient(
      { server: site.origin },
      { transport: withoutTags, strategy: interrupted(site, "PUT", theirs) },
    );
    await client.modify(HANDLE, { URL: "mine" }, { ifUnchanged });
    expect((await site.stored(HANDLE))?.[0]?.data.value).toBe("mine");
    await theirs(site.client("OTHER"));
    expect(await codeOf(client.modify(HANDLE, { URL: "mine" }, { ifUnchanged }))).toBe("record_changed");
  });
});

describe("omitted members", () => {
  it("stays, also when it is written as undefined", async () => {
    const site = await startSite({ seed: present });
    const hidden = { type: "NOTE", data: "new", ttl: undefined, permissions: undefined };
    await site.client().modify(HANDLE, [hidden as unknown as HandleValueInput]);
    const stored = (await site.stored(HANDLE))?.find(({ type }) => type === "NOTE");
    expect(stored).toMatchObject({ data: { value: "new" }, permissions: "1100" });
  });

  it("are the permissions of a secret key: it is hidden", async () => {
    const site = await startSite();
    const change = await site.client().create(HANDLE, { HS_SECKEY: "S3CR3T" });
    expect(change.after.find(({ type }) => type === "HS_SECKEY")).toMatchObject({ permissions: "1100" });
  });

  it("is shown in a change: ttl, permissions and references if they differ", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    expect(String(await client.modify(HANDLE, { URL: "old" }, { ttl: 77 })).split("\n")).toEqual([
      `changed ${HANDLE}`,
      "  - 1 URL  old  (ttl 86400)",
      "  + 1 URL  old  (ttl 77)",
    ]);
    const value = { index: 1, type: "URL", data: "new", permissions: "1100" };
    expect(
      String(await client.modify(HANDLE, [value]))
        .split("\n")
        .slice(1),
    ).toEqual(["  - 1 URL  old  (permissions 1110)", "  + 1 URL  new  (permissions 1100)"]);
  });
});

describe("invalid requests", () => {
  it("is a dry run of deleting a missing value, like the deletion itself", async () => {
    const client = (await startSite({ seed: present })).client();
    for (const dryRun of [true, false]) {
      expect(await codeOf(client.deleteValues(HANDLE, [55], { dryRun }))).toBe("values_not_found");
      expect(await codeOf(client.deleteValues(HANDLE, [1, 55], { dryRun }))).toBe("values_not_found");
    }
    expect(await codeOf(client.deleteValues(HANDLE, "URL" as unknown as string[]))).toBe("invalid_options");
  });

  it("is minting with an invalid prefix or suffix", async () => {
    const client = (await startSite()).client();
    for (const prefix of ["", `${PREFIX}/`, `${PREFIX}/sub`, `300:${PREFIX}`]) {
      expect(await codeOf(client.mint(prefix, { URL: "u" }))).toBe("invalid_handle");
    }
    for (const suffix of [() => "", async () => "q"]) {
      const given = suffix as () => string;
      expect(await codeOf(client.mint(PREFIX, { URL: "u" }, { suffix: given }))).toBe("invalid_options");
    }
    for (const suffix of ["uuid4", "server"] as const) {
      expect((await client.mint(`hdl:${PREFIX}`, { URL: "u" }, { suffix })).handle).toMatch(
        new RegExp(`^${PREFIX}/[0-9a-f-]{36}$`),
      );
    }
  });

  it("is reported with the operation that was called", async () => {
    const site = await startSite({ seed: present });
    const anonymous = createClient({ server: site.origin }, { transport: site.transport() });
    const words = async (work: Promise<unknown>) =>
      work.then(
        () => "no error",
        (error: unknown) => (error as Error).message,
      );
    expect(await words(anonymous.modify(HANDLE, { URL: "u" }))).toMatch(/^Could not modify /);
    expect(await words(anonymous.delete(HANDLE))).toMatch(/^Could not delete /);
  });
});

describe("dryRun", () => {
  it("sends no write and gives the change that would be", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    const dryRun = true;
    const other = `${PREFIX}/new`;
    const changes = [
      await client.create(other, { URL: "u" }, { dryRun }),
      await client.create(HANDLE, { URL: "u" }, { dryRun, overwrite: true }),
      await client.modify(HANDLE, { URL: "new", TITLE: "t" }, { dryRun }),
      await client.deleteValues(HANDLE, ["NOTE"], { dryRun }),
      await client.delete(HANDLE, { dryRun }),
      await client.locations.add(HANDLE, "https://example.org/", {}, { dryRun }),
    ];
    expect(changes.map((change) => [change.written, change.created, change.responseCode])).toEqual([
      [false, true, undefined],
      [false, false, undefined],
      [false, false, undefined],
      [false, false, undefined],
      [false, false, undefined],
      [false, false, undefined],
    ]);
    expect(changes.map((change) => change.difference.map(({ kind, index }) => `${kind} ${index}`))).toEqual([
      ["added 1", "added 100"],
      ["changed 1", "removed 2", "changed 100", "removed 101"],
      ["changed 1", "added 3"],
      ["removed 2"],
      ["removed 1", "removed 2", "removed 100", "removed 101"],
      ["added 3"],
    ]);
    expect(String(changes[2])).toBe(`would change ${HANDLE}\n  - 1 URL  old\n  + 1 URL  new\n  + 3 TITLE  t`);
    expect([site.log.every((line) => line.startsWith("GET")), site.applied.size]).toEqual([true, 0]);
  });

  it("is false for changes that are written", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    const changes = [
      await client.create(`${PREFIX}/new`, { URL: "u" }),
      await client.create(`${PREFIX}/new`, { URL: "u" }, { overwrite: true }),
      await client.mint(PREFIX, { URL: "u" }),
      await client.mint(PREFIX, { URL: "u" }, { suffix: "server" }),
      await client.modify(HANDLE, { URL: "new" }),
      await client.locations.add(HANDLE, "https://example.org/"),
      await client.deleteValues(HANDLE, ["NOTE"]),
      await client.delete(HANDLE),
    ];
    expect(changes.map(({ written, responseCode }) => [written, responseCode])).toEqual(
      changes.map(() => [true, 1]),
    );
    expect(String(changes[1])).toBe(`changed ${PREFIX}/new`);
  });

  it("fails as the write would: for a handle that exists, and a record that has changed", async () => {
    const client = (await startSite({ seed: present })).client();
    expect(await codeOf(client.create(HANDLE, {}, { dryRun: true }))).toBe("handle_exists");
    const stale = { dryRun: true, ifUnchanged: "0".repeat(64) };
    expect(await codeOf(client.modify(HANDLE, { URL: "x" }, stale))).toBe("record_changed");
    expect(await codeOf(client.delete(HANDLE, stale))).toBe("record_changed");
  });
});

describe("values that are not part of an edit", () => {
  it("hidden values survive every edit, also by a user who may not see them", async () => {
    const hidden = { ...note, permissions: "0000" };
    const site = await startSite({ seed: { [HANDLE]: [url, hidden, adminFor("USER")] } });
    const client = site.client();
    expect((await client.read(HANDLE)).values.map(({ index }) => index)).toEqual([1, 100]);
    await client.modify(HANDLE, { URL: "new" });
    await client.locations.add(HANDLE, "https://example.org/").catch((error: unknown) => {
      // The first index that looks free is that of the hidden value.
      expect(isHandleError(error, "value_exists")).toBe(true);
    });
    await client.modify(HANDLE, [{ index: 3, type: "TITLE", data: "t" }]);
    await client.deleteValues(HANDLE, ["TITLE"]);
    expect((await site.stored(HANDLE))?.find(({ index }) => index === 2)).toMatchObject({
      type: "NOTE",
      data: { value: "hidden" },
      permissions: "0000",
    });
  });

  it("an edit sends only the values it changes", async () => {
    const site = await startSite({ seed: present });
    const client = site.client();
    const asked = sinceNow(site);
    await client.modify(HANDLE, { URL: "new", NOTE: "hidden" });
    await client.modify(HANDLE, { TITLE: "t" }, { ttl: 60 });
    await client.deleteValues(HANDLE, ["TITLE"]);
    expect(asked().filter((line) => !line.startsWith("GET"))).toEqual([
      "PUT abc?index=1&overwrite=true",
      "PUT abc?index=3&overwrite=false",
      "DELETE abc?index=3",
    ]);
    expect((await site.stored(HANDLE))?.find(({ index }) => index === 2)?.permissions).toBe("1100");
  });

  it("a value that another client adds meanwhile stays", async () => {
    const site = await startSite({ seed: present });
    const theirs = (other: HandleClient) => other.modify(HANDLE, [{ index: 3, type: "THEIRS", data: "x" }]);
    const client = site.client("USER", { strategy: interrupted(site, "PUT", theirs) });
    const error = await client.modify(HANDLE, { URL: "new", TITLE: "t" }).catch((e: unknown) => e);
    expect(isHandleError(error, "value_exists")).toBe(true);
    const values = await site.stored(HANDLE);
    expect(values?.map(({ index, type, data }) => [index, type, data.value]).slice(0, 3)).toEqual([
      [1, "URL", "old"],
      [2, "NOTE", "hidden"],
      [3, "THEIRS", "x"],
    ]);
  });

  it("overwriting a handle returns the values before", async () => {
    const site = await startSite({ seed: present });
    const change = await site.client().create(HANDLE, { URL: "new" }, { overwrite: true });
    expect([change.created, change.before.map(({ index }) => index)]).toEqual([false, [1, 2, 100, 101]]);
    expect((await site.stored(HANDLE))?.map(({ index }) => index)).toEqual([1, 100]);
    const made = await site.client().create(`${PREFIX}/new`, { URL: "new" }, { overwrite: true });
    expect([made.created, made.before]).toEqual([true, []]);
  });
});

describe("mint", () => {
  it("generates suffixes of each kind", async () => {
    const site = await startSite();
    const client = site.client();
    const values = { URL: "u" };
    const uuid = (version: number) =>
      new RegExp(`^${PREFIX}/[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab]`);
    expect((await client.mint(PREFIX, values)).handle).toMatch(uuid(4));
    const sorted = await client.mint(PREFIX, values, { suffix: "uuid7" });
    expect(sorted.handle).toMatch(uuid(7));
    let n = 0;
    const own = await client.mint(PREFIX, values, { suffix: () => `own-${++n}`, suffixStart: "x." });
    expect(own.handle).toBe(`${PREFIX}/x.own-1`);
    const server = await client.mint(PREFIX, values, { suffix: "server", suffixStart: "s-" });
    expect(server.handle).toMatch(new RegExp(`^${PREFIX}/s-[0-9a-f-]{36}$`));
    for (const change of [sorted, own, server]) {
      expect([change.created, change.after.map(({ index }) => index)]).toEqual([true, [1, 100]]);
      expect(await site.stored(change.handle)).toHaveLength(2);
    }
  });

  it("asks a generator again when its suffix is taken, and gives up when they all are", async () => {
    const site = await startSite({ seed: present });
    const suffixes = ["abc", "abc", "free"];
    const change = await site.client().mint(PREFIX, {}, { suffix: () => suffixes.shift() ?? "abc" });
    expect(change.handle).toBe(`${PREFIX}/free`);
    const asked = sinceNow(site);
    expect(await codeOf(site.client().mint(PREFIX, {}, { suffix: () => "abc" }))).toBe("handle_exists");
    expect(asked()).toHaveLength(5);
  });

  it("does not mistake a lost answer for a suffix that is taken", async () => {
    const site = await startSite({ faults: onMethod("PUT", { kind: "reset-after" }) });
    const change = await site.client().mint(PREFIX, { URL: "u" }, { suffix: () => "abc" });
    expect([change.handle, site.timesApplied(HANDLE)]).toEqual([HANDLE, 1]);
  });
});

describe("readMany", () => {
  it("reads any number, some at a time, and reports each that cannot be read", async () => {
    const handles = Array.from({ length: 60 }, (_, i) => `${PREFIX}/many-${i}`);
    const seed = Object.fromEntries(handles.map((handle, i) => [handle, [{ ...url, data: `${i}` }]]));
    const client = (await startSite({ seed })).client();
    const asked = async function* () {
      yield* handles;
      yield `${PREFIX}/none`;
      yield "no handle";
    };
    const found = new Map<string, unknown>();
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    onTestFinished(() => {
      process.off("warning", warn);
    });
    for await (const item of client.readMany(asked(), { types: ["URL"], signal })) {
      found.set(
        item.handle,
        "error" in item ? isHandleError(item.error) && item.error.code : item.values[0]?.data.value,
      );
    }
    expect([found.size, warnings]).toEqual([62, []]);
    expect(handles.map((handle) => found.get(handle))).toEqual(handles.map((_, i) => `${i}`));
    expect([found.get(`${PREFIX}/none`), found.get("no handle")]).toEqual([
      "handle_not_found",
      "invalid_handle",
    ]);
  });

  it("loses none if the consumer, or the source, is slow", async () => {
    const handles = Array.from({ length: 20 }, (_, i) => `${PREFIX}/slow-${i}`);
    const seed = Object.fromEntries(handles.map((handle) => [handle, [url]]));
    const client = (await startSite({ seed })).client();
    const pause = () => new Promise((resolve) => setImmediate(resolve));
    const read = [];
    for await (const { handle } of client.readMany(handles)) {
      read.push(handle);
      await pause();
    }
    expect(read.toSorted()).toEqual(handles.toSorted());
    const asked: string[] = [];
    const source = async function* () {
      for (const handle of handles) {
        asked.push(handle);
        yield handle;
        await pause();
      }
    };
    const askedAtFirst: number[] = [];
    let count = 0;
    for await (const _ of client.readMany(source())) {
      count++;
      askedAtFirst.push(asked.length);
    }
    expect(count).toBe(20);
    expect(askedAtFirst[0]).toBeLessThan(20);
    const mixed = [];
    for await (const item of client.readMany([`${PREFIX}/slow-0`, "bad1", "bad2", "bad3"])) mixed.push(item);
    expect(mixed.map((item) => "error" in item)).toHaveLength(4);
  });

  it("starts no more reads than are needed", async () => {
    const site = await startSite({ seed: present });
    let taken = 0;
    const endless = function* () {
      for (;;) {
        taken++;
        yield HANDLE;
      }
    };
    for await (const item of site.client().readMany(endless())) {
      expect("values" in item).toBe(true);
      break;
    }
    expect(taken).toBeLessThanOrEqual(8);
  });
});
