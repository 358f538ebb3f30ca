import { createHash } from "node:crypto";
import { type HandleErrorCode, handleKey, isHandleError, type StoredValue } from "@handlekit/core";
import {
  compareKeys,
  createExportReader,
  digestRecord,
  type ExportItem,
  type ExportRecord,
  readExport,
  type WriteExportOptions,
  writeExport,
} from "@handlekit/core/export";
import { decodeRecord, encodeRecord } from "@handlekit/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyReference, int32, text } from "./arbitraries.ts";
import { storedValue } from "./support.ts";

const uint32 = fc.nat(0xffff_ffff);

const anyValue: fc.Arbitrary<StoredValue> = fc
  .record({
    index: int32,
    type: text,
    data: fc.oneof(
      fc.uint8Array(),
      text.map((one) => new TextEncoder().encode(one)),
    ),
    time: fc.oneof(
      fc.record({ ttlType: fc.constant("relative" as const), ttl: int32 }),
      fc.record({ ttlType: fc.constant("absolute" as const), ttl: uint32 }),
    ),
    permissions: fc.nat(15),
    timestamp: uint32,
    references: fc.array(anyReference, { maxLength: 3 }),
  })
  // A prototype that is not that of objects would not be equal to what was read.
  .map(({ time, ...value }) => ({
    ...value,
    ...time,
    references: value.references.map((each) => ({ ...each })),
  }));

const anyHandle = fc
  .tuple(text, text)
  .map(([prefix, suffix]) => handleKey(`p${prefix.replaceAll("/", "")}/${suffix}`));

const anyRecords: fc.Arbitrary<ExportRecord[]> = fc
  .uniqueArray(
    fc.record({
      handle: anyHandle,
      values: fc
        .uniqueArray(anyValue, { selector: ({ index }) => index, maxLength: 4 })
        .map((values) => values.sort((a, b) => a.index - b.index)),
    }),
    { selector: ({ handle }) => handle, maxLength: 5 },
  )
  .map((records) => records.sort((a, b) => compareKeys(a.handle, b.handle)).map((each) => ({ ...each })));

const record = (handle: string, values: readonly StoredValue[] = [storedValue(1)]): ExportRecord => ({
  handle: handleKey(handle),
  values,
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const write = (records: readonly ExportRecord[], options: Partial<WriteExportOptions> = {}) =>
  collect(writeExport(records, { prefixes: [], ...options }));

/** Returns the message of an error, which must be a HandleError that quotes no data. */
async function refused(code: HandleErrorCode, call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (!isHandleError(error)) throw error;
    expect(error.code).toBe(code);
    expect(JSON.stringify(error)).not.toContain("S3CR3T");
    return error.message;
  }
  throw new Error("Nothing was refused.");
}

const refusedLines = (lines: readonly string[]) => refused("invalid_value", () => collect(readExport(lines)));

const recordsOf = (items: readonly ExportItem[]) =>
  items.flatMap((item) => (item.kind === "record" ? [{ handle: item.handle, values: item.values }] : []));

describe("an export", () => {
  it("has a line for the format, one for each record, and the manifest", async () => {
    const values = [
      storedValue(1, { timestamp: 1_700_000_000 }),
      storedValue(2, {
        type: "X",
        data: new Uint8Array([0xff]),
        ttlType: "absolute",
        ttl: 1_893_553_445,
        permissions: 0b1100,
        references: [{ index: 5, handle: "20.500.12345/b\u2028" }],
      }),
    ];
    const lines = await write([record("20.500.12345/a", values)], { prefixes: ["20.500.12345"] });
    const bytes = new Uint8Array([
      0,
      0,
      0,
      14,
      ...new TextEncoder().encode("20.500.12345/A"),
      ...encodeRecord(values),
    ]);
    const digest = createHash("sha256").update(bytes).digest();
    const chain = createHash("sha256").update(new Uint8Array(32)).update(digest).digest();
    const manifest = createHash("sha256").update(chain).update('[null,["20.500.12345"]]').digest("hex");
    expect(lines).toEqual([
      '{"format":"handlekit-export","version":1}',
      '{"handle":"20.500.12345/A","values":[{"index":1,"type":"URL","data":"https://example.org/","ttl":86400,' +
        '"permissions":"1110","timestamp":1700000000},{"index":2,"type":"X","data":{"base64":"/w=="},' +
        '"ttlType":"absolute","ttl":1893553445,"permissions":"1100","timestamp":0,' +
        `"references":[{"index":5,"handle":"20.500.12345/b\\u2028"}]}],"digest":"${digest.toString("hex")}"}`,
      `{"manifest":{"format":"handlekit-export","version":1,"prefixes":["20.500.12345"],"records":1,"digest":"${manifest}"}}`,
    ]);
  });

  it("gives back any records", async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords, fc.boolean(), async (records, isSync) => {
        const sha256 = isSync
          ? (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest())
          : undefined;
        const lines = await write(records, { prefixes: ["20.500.12345"], selected: ["A"], sha256 });
        expect(lines.join("")).not.toMatch(/[\r\n\u2028\u2029]/);
        const items = await collect(readExport(lines));
        expect(recordsOf(items)).toEqual(records);
        expect(items[0]).toEqual({ kind: "header", selected: ["A"] });
        expect(items.at(-1)).toMatchObject({
          kind: "manifest",
          prefixes: ["20.500.12345"],
          records: records.length,
        });
        for (const { values } of records) expect(decodeRecord(encodeRecord(values))).toEqual(values);
      }),
      { numRuns: 200 },
    );
  });

  it("has the same digest for equal records alone", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(anyRecords, anyRecords), async ([a, b]) => {
        const [first, second] = [a[0], b[0]];
        fc.pre(first !== undefined && second !== undefined);
        const isSame =
          first.handle === second.handle &&
          Buffer.compare(encodeRecord(first.values), encodeRecord(second.values)) === 0;
        expect(Buffer.compare(await digestRecord(first), await digestRecord(second)) === 0).toBe(isSame);
        expect(await digestRecord({ ...first, values: [...first.values] })).toEqual(
          await digestRecord(first),
        );
      }),
    );
  });

  it("tells how far it has been read", async () => {
    const lines = await write([record("p/a"), record("p/b")]);
    const reader = createExportReader();
    expect(() => reader.end()).toThrow("The export is empty.");
    for (const line of lines.slice(0, 3)) await reader.push(line);
    const position = reader.position();
    expect(position.records).toBe(2);
    expect(await reader.push(lines[3] ?? "")).toMatchObject({ kind: "manifest", records: 2 });
    expect(reader.position()).toEqual(position);
    reader.end();
  });
});

describe("the order of an export", () => {
  it("is that of UTF-8 bytes, prefix first", () => {
    const inBytes = (a: string, b: string) => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    fc.assert(
      fc.property(fc.array(anyHandle, { minLength: 2, maxLength: 2 }), ([a = "", b = ""]) => {
        const [p, q] = [a.split("/")[0] ?? "", b.split("/")[0] ?? ""];
        expect(Math.sign(compareKeys(a, b))).toBe(p === q ? inBytes(a, b) : inBytes(p, q));
      }),
      { numRuns: 500 },
    );
    expect(["P/\u{1f600}", "P/\uffff", "P.1/A", "P/A"].sort(compareKeys)).toEqual([
      "P/A",
      "P/\uffff",
      "P/\u{1f600}",
      "P.1/A",
    ]);
  });

  it.each([
    ["p/b", "p/a"],
    ["p/a", "p/a"],
    ["p.1/a", "p/b"],
  ])("refuses %s before %s", async (a, b) => {
    const message = await refused("invalid_value", () => write([record(a), record(b)]));
    expect(message).toContain("is out of order");
  });
});

describe("a damaged export", () => {
  const secrets = [
    storedValue(1),
    storedValue(300, { type: "HS_SECKEY", data: new TextEncoder().encode("S3CR3T-1") }),
  ];
  const whole = () =>
    write([record("p/a", secrets), record("p/b", secrets), record("p/c")], { prefixes: ["P"] });
  const changed = async (line: number, change: (text: string) => string) => {
    const lines = await whole();
    return lines.map((text, i) => (i === line - 1 ? change(text) : text));
  };

  it("is refused at every place where it may be cut off", async () => {
    const lines = await whole();
    for (let kept = 0; kept < lines.length; kept++) {
      expect(await refusedLines(lines.slice(0, kept))).toMatch(
        kept === 0 ? /is empty/ : /ends after line \d, without/,
      );
      const half = lines[kept]?.slice(0, 30) ?? "";
      expect(await refusedLines([...lines.slice(0, kept), half])).toContain(`Line ${kept + 1} `);
    }
  });

  it("is refused if any one character is another", async () => {
    const lines = await write([record("p/a", secrets), record("p/b", secrets), record("p/c")], {
      prefixes: ["P", "Q"],
      selected: ["P"],
    });
    // Only the manifest tells that the first line names other prefixes.
    const places = (line: number) => (line === 0 ? ["Line 1 ", "Line 5 "] : [`Line ${line + 1} `]);
    await fc.assert(
      fc.asyncProperty(fc.nat(4), fc.nat(), fc.constantFrom(...'0a"}{],:x'), async (line, at, other) => {
        const text = lines[line] ?? "";
        const place = at % text.length;
        fc.pre(text[place] !== other);
        const damaged = text.slice(0, place) + other + text.slice(place + 1);
        const message = await refusedLines(lines.map((each, i) => (i === line ? damaged : each)));
        expect(places(line)).toContain(message.slice(0, 7));
      }),
      {
        numRuns: 300,
        examples: [
          [0, lines[0]?.indexOf('"P"') ?? 0, "0"],
          [4, lines[4]?.indexOf('"P"') ?? 0, "0"],
        ],
      },
    );
  });

  it.each<[string, (lines: readonly string[]) => string[], RegExp]>([
    ["a record left out", ([a = "", , ...rest]) => [a, ...rest], /Line 4 .* another number of records/],
    [
      "two records in the other order",
      ([a = "", b = "", c = "", ...rest]) => [a, c, b, ...rest],
      /Line 3 .* does not come after/,
    ],
    ["something after the manifest", (lines) => [...lines, ""], /Line 6 .* after the manifest/],
    ["no first line", (lines) => lines.slice(1), /Line 1 .* not the first line/],
    ["an empty line", ([a = "", ...rest]) => [a, "", ...rest], /Line 2 /],
  ])("is refused with %s", async (_, change, message) => {
    expect(await refusedLines(change(await whole()))).toMatch(message);
  });

  it.each<[string, number, (text: string) => string, string]>([
    ["another version", 1, (text) => text.replace("1}", "2}"), "another version"],
    ["another format", 1, (text) => text.replace("handlekit-export", "other"), "does not name the format"],
    [
      "a selection that is none",
      1,
      (text) => text.replace("1}", '1,"selected":["p"]}'),
      "not a list of prefixes",
    ],
    ["another value", 2, (text) => text.replace("example.org", "example.com"), "the digest is not that"],
    ["another digest", 2, (text) => text.replace(/.("\})$/, "x$1"), "the digest is not that"],
    [
      "an unknown member",
      2,
      (text) => text.replace(/\}$/, ',"more":1}'),
      "neither a record nor the manifest",
    ],
    [
      "a value with an unknown member",
      2,
      (text) => text.replace('"ttl"', '"more":1,"ttl"'),
      "unknown members",
    ],
    ["a handle in lower case", 2, (text) => text.replace("P/A", "p/a"), "not the key of a store"],
    ["no handle", 2, (text) => text.replace("P/A", "PA"), "not the key of a store"],
    ["values that are none", 2, (text) => text.replace(/\[.*\]/, "{}"), "its values are not a list"],
    ["a fraction", 2, (text) => text.replace(":86400", ":0.5"), "its ttl is not"],
    ["a number too large", 2, (text) => text.replace(":86400", ":86400000000"), "its ttl is not"],
    ["permissions in words", 2, (text) => text.replace("1110", "all"), "four binary digits"],
    [
      "data that are none",
      2,
      (text) => text.replace('"https://example.org/"', '{"base64":"?"}'),
      "neither a text nor",
    ],
    ["data with a lone surrogate", 2, (text) => text.replace("https:", "\\ud800"), "neither a text nor"],
    ["indexes in another order", 2, (text) => text.replace('"index":1', '"index":301'), "ascending order"],
    ["brackets", 2, () => "[".repeat(1000), "not the JSON of an export"],
    ["another prefix", 5, (text) => text.replace('["P"]', '["P/"]'), "the prefixes of the manifest"],
    ["another number", 5, (text) => text.replace(":3,", ":4,"), "another number of records than the 3"],
    ["another manifest digest", 5, (text) => text.replace(/.("\}\})$/, "x$1"), "manifest's digest"],
  ])("is refused with %s", async (_, line, change, message) => {
    const lines = await changed(line, change);
    expect(lines).not.toEqual(await whole());
    const shown = await refusedLines(lines);
    expect(shown).toContain(message);
    expect(shown).toContain(`Line ${line} of the export`);
  });

  it("never throws anything but its own error, whatever the lines are", async () => {
    const lines = await whole();
    const piece = fc.constantFrom(
      ...lines,
      ...lines.flatMap((line) => line.match(/[{}[\]",:]|[^{}[\]",:]+/g) ?? []),
    );
    const line = fc.oneof(
      text,
      fc.json(),
      piece,
      fc.array(piece, { maxLength: 12 }).map((each) => each.join("")),
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (given) => {
        try {
          await collect(readExport([lines[0] ?? "", ...given]));
          accepted++;
        } catch (error) {
          if (!isHandleError(error)) throw error;
          expect(JSON.stringify(error)).not.toContain("S3CR3T");
        }
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBe(0);
  });

  it("is refused with a line that is too long, before it is parsed", async () => {
    const lines = await whole();
    const read = () => collect(readExport(lines, { maxLineLength: 100 }));
    expect(await refused("too_large", read)).toBe("Line 2 of the export is longer than 100.");
    const written = () => write([record("p/a")], { maxLineLength: 100 });
    expect(await refused("too_large", written)).toContain('"P/A" cannot be exported');
  });
});

describe("what cannot be exported", () => {
  it.each<[string, Partial<StoredValue>, string]>([
    ["a lone surrogate", { type: "\ud800" }, "its type is not a text"],
    ["permissions of five bits", { permissions: 16 }, "its permissions"],
    ["a time of another century", { timestamp: 2 ** 32 }, "its timestamp"],
    ["a ttl that is not a number", { ttl: Number.NaN }, "its ttl"],
    [
      "a reference to no text",
      { references: [{ index: 1, handle: "\udc00" }] },
      "a handle in its references",
    ],
    [
      "a reference by half an index",
      { references: [{ index: 0.5, handle: "P/A" }] },
      "an index in its references",
    ],
  ])("is %s", async (_, given, message) => {
    const values = [storedValue(7, given)];
    const shown = await refused("invalid_value", () => write([record("p/a", values)]));
    expect(shown).toContain(`"P/A" cannot be exported: the value at index 7: ${message}`);
  });

  it("is said to plain JavaScript in words", async () => {
    const call = writeExport as unknown as (...given: readonly unknown[]) => AsyncIterable<string>;
    const options = { prefixes: [] };
    const calls: (readonly unknown[])[] = [
      [undefined, options],
      ["text", options],
      [[]],
      [[], { prefixes: "P" }],
      [[], { prefixes: ["p"] }],
      [[], { prefixes: [], selected: [1] }],
      [[], { prefixes: [], maxLineLength: 0 }],
      [[null], options],
    ];
    for (const given of calls) await refused("invalid_options", () => collect(call(...given)));
    await refused("invalid_value", () => collect(call([{ handle: "p/a", values: [] }], options)));
    await refused("invalid_value", () => collect(call([{ handle: "P/A", values: {} }], options)));
    await refused("invalid_options", () => collect(readExport(1 as unknown as string[])));
    await refused("invalid_options", () => collect(readExport([1] as unknown as string[])));
    await refused("invalid_options", async () => createExportReader({ maxLineLength: 1.5 }));
  });
});
