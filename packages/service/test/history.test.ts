import { formatReference, parseReference } from "@handlekit/core";
import type { AuditEntry } from "@handlekit/core/store";
import { type HandleStore, verifyAudit } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, OTHER, PREFIX, path } from "./support.ts";

interface Entry {
  readonly number: number;
  readonly time: string;
  readonly identity?: string;
  readonly scheme: string;
  readonly address?: string;
  readonly operation: string;
  readonly before?: readonly { readonly index: number; readonly data: { readonly value: unknown } }[];
  readonly after?: readonly { readonly index: number; readonly data: { readonly value: unknown } }[];
}

const historyOf = (suffix: string) => `/hdl-server/history/${PREFIX}/${suffix}`;
const url = (address: string) => ({ index: 1, type: "URL", data: { format: "string", value: address } });

/** A fixture whose record `abc` was created, changed, and given a password. */
async function withHistory(options: Parameters<typeof createFixture>[0] = {}) {
  const fixture = await createFixture(options);
  const { call } = fixture;
  const connection = { remoteAddress: "192.0.2.7" };
  const by = { user: ADMIN, connection };
  await call("PUT", path("abc"), { ...by, body: [url("https://example.org/1"), admin("111111111111")] });
  await call("PUT", `${path("abc")}?index=1`, { ...by, body: [url("https://example.org/2")] });
  const key = { index: 300, type: "HS_SECKEY", data: { format: "string", value: "S3CR3T-of-abc" } };
  await call("PUT", `${path("abc")}?index=300`, { ...by, body: [key] });
  return fixture;
}

const entriesIn = (json: Record<string, unknown> | undefined) => (json?.entries ?? []) as readonly Entry[];

/** All entries of a store's audit. */
const auditOf = async (store: HandleStore): Promise<readonly AuditEntry[]> =>
  ((await store.audit?.read({ limit: 1000 })) ?? []).map(({ entry }) => entry);

describe("the history of a handle", () => {
  it("has who changed what, the newest first, without secret keys", async () => {
    const { call, store } = await withHistory();
    const { status, json, text } = await call("GET", historyOf("abc"), { user: ADMIN });
    expect(status).toBe(200);
    expect(json).toMatchObject({ responseCode: 1, handle: `${PREFIX}/abc` });
    expect(json).not.toHaveProperty("next");
    expect(entriesIn(json)).toMatchObject([
      { number: 3, operation: "change", identity: ADMIN, scheme: "basic" },
      {
        number: 2,
        operation: "change",
        time: "2026-01-02T03:04:05.000Z",
        before: [{ index: 1, data: { value: "https://example.org/1" } }, { index: 100 }],
        after: [{ index: 1, data: { value: "https://example.org/2" } }, { index: 100 }],
      },
      { number: 1, operation: "create" },
    ]);
    expect(entriesIn(json)[2]).not.toHaveProperty("before");
    expect(entriesIn(json)[0]?.after?.[2]).toMatchObject({ index: 300, data: { value: "" } });
    expect(text.includes("S3CR3T")).toBe(false);
    const entries = (await store.audit?.read({ limit: 10 })) ?? [];
    expect((await verifyAudit(entries)).problems).toEqual([]);
  });

  it("comes in pages", async () => {
    const { call } = await withHistory();
    const first = await call("GET", `${historyOf("abc")}?limit=2`, { user: ADMIN });
    expect(entriesIn(first.json).map(({ number }) => number)).toEqual([3, 2]);
    expect(first.json?.next).toBe(2);
    const second = await call("GET", `${historyOf("abc")}?limit=2&before=2`, { user: ADMIN });
    expect(entriesIn(second.json).map(({ number }) => number)).toEqual([1]);
    expect(second.json).not.toHaveProperty("next");
    for (const wrong of ["limit=0", "limit=-1", "before=x", "before=1e3"]) {
      const refused = await call("GET", `${historyOf("abc")}?${wrong}`, { user: ADMIN });
      expect(refused.json?.responseCode).toBe(4);
    }
  });

  it("goes on when the handle is deleted, for who could read it then", async () => {
    const { call } = await withHistory();
    await call("DELETE", path("abc"), { user: ADMIN });
    const { json } = await call("GET", historyOf("abc"), { user: ADMIN });
    expect(entriesIn(json).map(({ operation }) => operation)).toEqual([
      "delete",
      "change",
      "change",
      "create",
    ]);
    expect(entriesIn(json)[0]).not.toHaveProperty("after");
    // To others it is as if there had been no handle.
    const other = await call("GET", historyOf("abc"), OTHER);
    expect(other).toMatchObject({ status: 404, json: { responseCode: 100 } });
    const never = await call("GET", historyOf("never"), { user: ADMIN });
    expect(never).toMatchObject({ status: 404, json: { responseCode: 100 } });
  });

  it("does not show a new owner the states of the former one", async () => {
    const { call } = await withHistory();
    await call("DELETE", path("abc"), { user: ADMIN });
    const owner = (reference: string) => {
      const { handle, index } = parseReference(reference);
      return admin("111111111111", index, handle);
    };
    const hidden = {
      index: 2,
      type: "NOTE",
      data: { format: "string", value: "of OTHER" },
      permissions: "1100",
    };
    await call("PUT", path("abc"), { user: ADMIN, body: [owner(OTHER.user)] });
    await call("PUT", `${path("abc")}?index=2`, { ...OTHER, body: [hidden] });
    const other = await call("GET", historyOf("abc"), OTHER);
    expect(entriesIn(other.json).map(({ number }) => number)).toEqual([6, 5]);

    expect((await call("GET", historyOf("abc"), { user: ADMIN })).status).toBe(403);
    const first = await call("GET", `${historyOf("abc")}?before=5`, OTHER);
    expect(entriesIn(first.json)).toEqual([]);
  });

  it("needs READ_VALUE", async () => {
    const { call } = await withHistory();
    expect(await call("GET", historyOf("abc"))).toMatchObject({ status: 401 });
    expect(await call("GET", historyOf("abc"), { user: ADMIN, password: "S3CR3T-wrong" })).toMatchObject({
      status: 401,
    });
    expect(await call("GET", historyOf("abc"), { secure: false })).toMatchObject({ status: 403 });
    expect(await call("GET", historyOf("abc"), OTHER)).toMatchObject({
      status: 403,
      json: { responseCode: 400 },
    });
    const unhomed = await call("GET", "/hdl-server/history/99.9999/abc", { user: ADMIN });
    expect(unhomed.json?.responseCode).toBe(301);
  });

  it("has the addresses of clients for server administrators alone", async () => {
    const asUser = await (await withHistory()).call("GET", historyOf("abc"), { user: ADMIN });
    expect(asUser.text).not.toContain("192.0.2.7");
    const { call } = await withHistory({ serverAdmins: [parseReference(ADMIN)] });
    const { json } = await call("GET", historyOf("abc"), { user: ADMIN });
    expect(entriesIn(json).map(({ address }) => address)).toEqual(["192.0.2.7", "192.0.2.7", "192.0.2.7"]);
  });

  it("is not there without an audit", async () => {
    const { audit: _, ...store } = openMemory().store;
    const { call } = await withHistory({ store });
    const { status, json } = await call("GET", historyOf("abc"), { user: ADMIN });
    expect(status).toBe(501);
    expect(json).toMatchObject({ responseCode: 5, message: "This server keeps no history" });
  });
});

describe("the audit", () => {
  it("has nothing of what was refused or did not change anything", async () => {
    const { call, store } = await withHistory();
    const before = (await auditOf(store)).length;
    await call("DELETE", path("abc"), OTHER);
    await call("PUT", path("abc"), { body: [url("https://example.org/3")] });
    await call("PUT", `${path("abc")}?index=1&overwrite=false`, { user: ADMIN, body: [url("x")] });
    await call("DELETE", `${path("abc")}?index=99`, { user: ADMIN });
    expect((await auditOf(store)).length).toBe(before);
  });

  it("has a session as the scheme of its requests", async () => {
    const { call, store } = await createFixture();
    const { json } = await call("POST", "/api/sessions", { user: ADMIN, body: {} });
    const headers = { authorization: `Handle version="0", sessionId="${json?.sessionId}"` };
    await call("PUT", path("by-session"), { headers, body: [url("https://example.org/")] });
    const last = (await auditOf(store)).at(-1);
    expect(last).toMatchObject({ scheme: "session", operation: "create", handle: `${PREFIX}/by-session` });
    expect(last?.identity && formatReference(last.identity)).toBe(ADMIN);
  });

  it("has who homed a prefix", async () => {
    const { call, store } = await createFixture({ serverAdmins: [parseReference(ADMIN)] });
    expect((await call("POST", "/api/prefixes/20.500.777", { user: ADMIN })).status).toBe(200);
    expect((await call("DELETE", "/api/prefixes/20.500.777", { user: ADMIN })).status).toBe(200);
    expect(await auditOf(store)).toMatchObject([
      { operation: "home", handle: "0.NA/20.500.777", scheme: "basic" },
      { operation: "unhome", handle: "0.NA/20.500.777" },
    ]);
  });
});
