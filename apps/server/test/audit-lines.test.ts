import type { AuditHead, ChainedEntry } from "@handlekit/core/store";
import { verifyAudit } from "@handlekit/core/store";
import { openSqlite } from "@handlekit/store-sqlite";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { formatEntryLine, parseEntryLine } from "../src/audit/entry-line.ts";
import { readEntryFile } from "../src/audit/read-entries.ts";
import { sha256 } from "../src/transfer/sha256.ts";
import { auditOf, makeHistory } from "./audit-support.ts";

let lines: readonly string[];
let entries: readonly ChainedEntry[];

beforeAll(async () => {
  const { store, close } = await openSqlite({ file: ":memory:" });
  for (const name of ["a", "b\u2028\ud83d\ude00", "c"]) await makeHistory(store, `20.500.12345/${name}`);
  const more = { identity: undefined, scheme: "command", address: undefined, before: undefined };
  await auditOf(store).add({
    ...more,
    time: new Date(0),
    operation: "import",
    handle: "",
    after: undefined,
    note: 'a "note"',
  });
  entries = await auditOf(store).read({ limit: 100 });
  lines = entries.map(formatEntryLine);
  await close();
});

/** Verifies a file with these bytes. Resolves to the problems. */
async function problemsIn(bytes: Uint8Array, head?: AuditHead): Promise<string[]> {
  const damaged: string[] = [];
  async function* read() {
    yield bytes;
  }
  const input = { name: "x", folder: "/", size: undefined, isReadableByOthers: false, read };
  const { signal } = new AbortController();
  const found = readEntryFile(input, signal, (where, reason) => void damaged.push(`${where}: ${reason}`));
  const { problems } = await verifyAudit(found, { head, sha256 });
  return [...damaged, ...problems.map(({ number, reason }) => `entry ${number}: ${reason}`)];
}

const bytesOf = (changed: readonly string[]) => Buffer.from(changed.map((line) => `${line}\n`).join(""));

describe("the lines of an exported audit", () => {
  it("are JSON that other programs can read, without secrets, and are parsed to the same entries", async () => {
    expect(lines.map(parseEntryLine)).toEqual(entries);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      number: 1,
      previous: "",
      digest: entries[0]?.digest,
      entry: {
        time: "2026-01-01T00:00:00.000Z",
        identity: "300:20.500.12345/ADMIN",
        operation: "create",
        handle: "20.500.12345/a",
        after: [
          { index: 1, data: "https://example.org/0" },
          { index: 300, data: "" },
        ],
      },
    });
    expect(lines.join("")).not.toContain("S3CR3T");
    expect(await problemsIn(bytesOf(lines))).toEqual([]);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "{}",
    '{"number":1}',
    '{"number":1,"entry":null}',
    `${"[".repeat(9)}${"]".repeat(9)}`,
  ])("are refused: %j", (text) => {
    expect(() => parseEntryLine(text)).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });

  it("with any byte changed are found", async () => {
    const whole = bytesOf(lines);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(change, async ([at, byte]) => {
        // The last line needs no line end.
        fc.pre(whole[at] !== byte && at < whole.length - 1);
        const changed = Buffer.from(whole);
        changed[at] = byte;
        expect(await problemsIn(changed)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("removed, moved or repeated are found and named", async () => {
    const index = () => fc.nat(lines.length - 1);
    await fc.assert(
      fc.asyncProperty(index(), index(), fc.constantFrom("remove", "swap", "repeat"), async (i, j, how) => {
        const changed = [...lines];
        const [a = "", b = ""] = [lines[i], lines[j]];
        if (how === "remove") {
          fc.pre(i < lines.length - 1);
          changed.splice(i, 1);
        } else if (how === "swap") {
          fc.pre(i !== j);
          changed[i] = b;
          changed[j] = a;
        } else changed.splice(j, 0, a);
        const problems = await problemsIn(bytesOf(changed));
        expect(problems).not.toEqual([]);
        expect(problems.every((text) => /^entry \d+: /.test(text))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("of which the last were cut off are found with the head", async () => {
    const last = entries.at(-1);
    const head = { count: last?.number ?? 0, digest: last?.digest ?? "" };
    expect(await problemsIn(bytesOf(lines), head)).toEqual([]);
    for (let kept = 0; kept < lines.length; kept++) {
      const cut = bytesOf(lines.slice(0, kept));
      expect(await problemsIn(cut)).toEqual([]);
      expect(await problemsIn(cut, head)).toEqual([
        `entry ${lines.length}: the entries from ${kept + 1} to at least this one were cut off`,
      ]);
    }
    expect(await problemsIn(bytesOf(lines), { ...head, digest: "0".repeat(64) })).toHaveLength(1);
  });
});
