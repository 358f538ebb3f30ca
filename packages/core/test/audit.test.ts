import { createHash } from "node:crypto";
import { encodeUtf8, HandleError } from "@handlekit/core";
import {
  type AuditEntry,
  auditDigestInput,
  auditEntry,
  type ChainedEntry,
  formatAuditEntry,
  parseAuditEntry,
  retentionEntry,
  type StoredValue,
  verifyAudit,
} from "@handlekit/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainValue, text } from "./arbitraries.ts";

const TIME = new Date("2026-01-02T03:04:05.678Z");

const value = (index: number, type: string, data: string): StoredValue => ({
  index,
  type,
  data: encodeUtf8(data),
  ttlType: "relative",
  ttl: 86_400,
  permissions: 0b1110,
  timestamp: 1_700_000_000,
  references: [],
});

const anyRecord = fc
  .uniqueArray(plainValue, { selector: ({ index }) => index, maxLength: 4 })
  .map((values) => values.sort((a, b) => a.index - b.index));

const anyEntry: fc.Arbitrary<AuditEntry> = fc.record({
  time: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
  identity: fc.option(
    fc.record({
      index: fc.nat(),
      handle: fc.string({ unit: "grapheme" }).map((suffix) => `20.500.12345/${suffix}`),
    }),
    { nil: undefined },
  ),
  scheme: fc.string(),
  address: fc.option(fc.ipV4(), { nil: undefined }),
  operation: fc.string(),
  handle: text,
  before: fc.option(anyRecord, { nil: undefined }),
  after: fc.option(anyRecord, { nil: undefined }),
  note: fc.option(fc.string(), { nil: undefined }),
});

/** Chains entries as a store does. */
function chain(entries: readonly AuditEntry[], first = 1, start = ""): ChainedEntry[] {
  let previous = start;
  return entries.map((entry, i) => {
    const number = first + i;
    const digest = createHash("sha256")
      .update(auditDigestInput(number, previous, formatAuditEntry(entry)))
      .digest("hex");
    const chained = { entry, number, digest, previous };
    previous = digest;
    return chained;
  });
}

const changes = (count: number): AuditEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    time: TIME,
    identity: { index: 300, handle: "20.500.12345/USER1" },
    scheme: "basic",
    address: "127.0.0.1",
    operation: "change",
    handle: "20.500.12345/abc",
    before: [value(1, "URL", `https://example.org/${i}`)],
    after: [value(1, "URL", `https://example.org/${i + 1}`)],
  }));

describe("an entry", () => {
  it("is named after its records, and has no secret key", () => {
    const key = value(300, "hs_SecKey", "S3CR3T-of-a-user");
    const url = value(1, "URL", "https://example.org/");
    const common = {
      time: TIME,
      identity: undefined,
      scheme: "basic",
      address: undefined,
      handle: "20.500.12345/abc",
    };
    const created = auditEntry({ ...common, before: undefined, after: [url, key] });
    expect(created.operation).toBe("create");
    expect(created.after).toEqual([url, { ...key, data: new Uint8Array() }]);
    expect(formatAuditEntry(created).includes("S3CR3T")).toBe(false);
    expect(auditEntry({ ...common, before: [url], after: [url, key] }).operation).toBe("change");
    const removed = auditEntry({ ...common, before: [key], after: undefined });
    expect(removed.operation).toBe("delete");
    expect(formatAuditEntry(removed).includes("S3CR3T")).toBe(false);
  });

  it("is the same after it was formatted and parsed", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const text = formatAuditEntry(entry);
        expect(text).not.toContain("\n");
        expect(parseAuditEntry(text)).toEqual(entry);
        expect(formatAuditEntry(parseAuditEntry(text))).toBe(text);
      }),
    );
  });

  it("is parsed from any text or refused as invalid_value", () => {
    const json = fc.json().filter((text) => text !== "");
    fc.assert(
      fc.property(fc.oneof(fc.string(), json), (text) => {
        try {
          parseAuditEntry(text);
        } catch (error) {
          expect(error).toBeInstanceOf(HandleError);
          expect((error as HandleError).code).toBe("invalid_value");
        }
      }),
    );
  });

  it.each([
    '{"time":"now","scheme":"basic","operation":"create","handle":"a/b"}',
    '{"time":"2026-01-02T03:04:05.678Z","scheme":"basic","operation":"create"}',
    '{"time":"2026-01-02T03:04:05.678Z","scheme":"basic","operation":"create","handle":"a/b","after":[{}]}',
    "null",
  ])("%s is refused", (text) => {
    expect(() => parseAuditEntry(text)).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });
});

describe("a chain", () => {
  it("is whole as it was written", async () => {
    const entries = chain(changes(5));
    const head = { count: 5, digest: entries.at(-1)?.digest ?? "" };
    expect(await verifyAudit(entries, { head })).toEqual({ entries: 5, first: 1, head, problems: [] });
    expect(await verifyAudit([])).toEqual({
      entries: 0,
      first: undefined,
      head: { count: 0, digest: "" },
      problems: [],
    });
  });

  it("shows each entry that was changed, removed, moved or repeated", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 8 }),
        fc.nat(),
        fc.constantFrom("change", "remove", "swap", "repeat", "renumber"),
        async (count, at, fault) => {
          const entries = chain(changes(count));
          // The last one can be removed without a trace: that is what a head is for.
          const i = at % (count - 1);
          const one = entries[i] as ChainedEntry;
          if (fault === "change")
            entries[i] = { ...one, entry: { ...one.entry, handle: "20.500.12345/other" } };
          if (fault === "remove") entries.splice(i, 1);
          if (fault === "swap") entries.splice(i, 2, entries[i + 1] as ChainedEntry, one);
          if (fault === "repeat") entries.splice(i, 0, one);
          if (fault === "renumber") entries[i] = { ...one, number: one.number + count };
          const { problems } = await verifyAudit(entries);
          expect(problems.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it("that was written anew from a changed entry on differs from an earlier head", async () => {
    const entries = chain(changes(4));
    const head = { count: 3, digest: entries[2]?.digest ?? "" };
    expect((await verifyAudit(entries, { head })).problems).toEqual([]);
    const [first, ...rest] = changes(4);
    const forged = chain([{ ...(first as AuditEntry), scheme: "session" }, ...rest]);
    expect((await verifyAudit(forged)).problems).toEqual([]);
    expect((await verifyAudit(forged, { head })).problems).toEqual([
      {
        number: 3,
        reason: "its digest is not the one of the given head: it, or an entry before it, was changed",
      },
    ]);
  });

  it("that was cut off is shorter than an earlier head", async () => {
    const entries = chain(changes(4));
    const head = { count: 4, digest: entries.at(-1)?.digest ?? "" };
    expect((await verifyAudit(entries.slice(0, 2), { head })).problems).toEqual([
      { number: 4, reason: "the entries from 3 to at least this one were cut off" },
    ]);
  });

  it("may begin where an entry says that those before it were removed", async () => {
    const entries = chain(changes(4));
    const { number: count = 0, digest = "" } = entries[1] ?? {};
    const kept = entries.slice(2);
    expect((await verifyAudit(kept)).problems.map(({ number }) => number)).toEqual([3]);
    const said = chain([retentionEntry(TIME, { count, digest })], 5, entries.at(-1)?.digest);
    expect((await verifyAudit([...kept, ...said])).problems).toEqual([]);
    expect((await verifyAudit([...entries.slice(3), ...said])).problems.map(({ number }) => number)).toEqual([
      4,
    ]);
  });

  it("may have lost entries while it was read, if an entry says that they were removed", async () => {
    const entries = chain(changes(6));
    const { number: count = 0, digest = "" } = entries[3] ?? {};
    const read = [...entries.slice(0, 2), ...entries.slice(4)];
    expect((await verifyAudit(read)).problems).toEqual([{ number: 5, reason: "entries 3 to 4 are missing" }]);
    const said = chain([retentionEntry(TIME, { count, digest })], 7, entries.at(-1)?.digest);
    expect((await verifyAudit([...read, ...said])).problems).toEqual([]);
    const more = [...entries.slice(0, 2), ...entries.slice(5), ...said];
    expect((await verifyAudit(more)).problems.map(({ number }) => number)).toEqual([6]);
  });

  it("with many problems shows the first hundred", async () => {
    const entries = chain(changes(300)).map((each) => ({ ...each, digest: "0".repeat(64) }));
    expect((await verifyAudit(entries)).problems.length).toBe(100);
  });
});
