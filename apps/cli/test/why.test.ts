import {
  changePermissions,
  encodeValue,
  isHandleError,
  parseReference,
  permissionNames,
} from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStyle } from "../src/style.ts";
import { explain } from "../src/why/explain.ts";
import { explanationMembers, formatExplanation } from "../src/why/format-explanation.ts";
import { readOperationName, toOperation } from "../src/why/operation.ts";
import { parseRecords } from "../src/why/record-source.ts";

const plain = createStyle({}, {});
const value = (index: number, type: string, data = "x") => encodeValue({ index, type, data });

describe("parseRecords", () => {
  it("reads JSON lines and a JSON list alike", async () => {
    const records = [
      { command: "get", handle: "hdl:20.500.12345/a", values: [{ index: 1, type: "URL", data: "x" }] },
      { handle: "20.500.12345/B", values: [] },
    ];
    for (const text of [
      records.map((record) => JSON.stringify(record)).join("\r\n"),
      ` ${JSON.stringify(records, null, 2)}`,
    ]) {
      const source = parseRecords(text, "records");
      expect(await source.read("20.500.12345/A")).toEqual([value(1, "URL")]);
      expect(await source.read("20.500.12345/b")).toEqual([]);
      expect(await source.read("20.500.12345/c")).toBeUndefined();
      expect(source.unread()).toEqual([{ handle: "20.500.12345/c", why: "is not in records" }]);
    }
  });

  it("leaves out a secret that was left out of the file", async () => {
    const hidden = { index: 300, type: "HS_SECKEY", data: null, redacted: true };
    const text = JSON.stringify({
      handle: "20.500.12345/a",
      values: [hidden, { index: 1, type: "URL", data: "x" }],
    });
    expect(await parseRecords(text, "records").read("20.500.12345/a")).toEqual([value(1, "URL")]);
  });

  it("throws nothing but invalid_options and invalid_handle, which do not show the text", () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ handle: fc.string(), values: fc.array(fc.jsonValue()) })
        .map((record) => JSON.stringify(record)),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom("\n", ","), (lines, separator) => {
        try {
          parseRecords(`${lines.join(separator)}S3CR3T`, "records");
        } catch (error) {
          if (!isHandleError(error)) throw error;
          expect(["invalid_options", "invalid_handle"]).toContain(error.code);
          expect(`${error.message} ${error.hint}`.includes("S3CR3T")).toBe(false);
        }
      }),
    );
  });
});

describe("toOperation", () => {
  const record = [value(1, "URL"), value(2, "EMAIL"), value(3, "EMAIL")];
  const needed = (values: Parameters<typeof toOperation>[2], removed: readonly number[] = []) => {
    const operation = toOperation("change", record, values, removed);
    if (operation.name !== "change") throw new Error("it is no change");
    return permissionNames(changePermissions(operation.before, operation.after));
  };

  it("replaces the only value of a type, or adds one", () => {
    expect(needed([{ type: "URL", data: "y" }])).toEqual(["modifyValue"]);
    expect(needed([{ type: "URL", data: "x" }])).toEqual([]);
    expect(needed([{ type: "DESC", data: "y" }])).toEqual(["addValue"]);
    expect(needed([{ index: 2, type: "EMAIL", data: "y" }])).toEqual(["modifyValue"]);
    expect(needed([], [3])).toEqual(["removeValue"]);
    expect(needed([{ type: "HS_ADMIN", data: { format: "base64", value: "AA==" } }])).toEqual(["addAdmin"]);
  });

  it("without values is any change of values other than HS_ADMIN", () => {
    expect(needed([])).toEqual(["modifyValue", "removeValue", "addValue"]);
  });

  it("refuses what means nothing", () => {
    expect(() => needed([{ type: "EMAIL", data: "y" }])).toThrow("at 2, 3");
    expect(() => needed([], [9])).toThrow("no value at index 9");
    expect(() => toOperation("delete", record, [{ type: "URL", data: "y" }], [])).toThrow("not for delete");
    expect(() => readOperationName("destroy")).toThrow('no operation "destroy"');
  });
});

describe("an explanation", () => {
  it("shows each list once, and shortens long ones", async () => {
    const list = (...entries: readonly string[]) => ({
      index: 200,
      type: "HS_VLIST",
      data: { format: "vlist", value: entries.map(parseReference) },
    });
    const members = Array.from({ length: 60 }, (_, i) => `300:1/M${i}`);
    const admin = { handle: "0.NA/1", index: 200, permissions: "000000000001" };
    const records = [
      {
        handle: "0.NA/1",
        values: [
          { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } },
          list("200:1/G", "200:1/G", "200:0.NA/1"),
        ],
      },
      { handle: "1/G", values: [list(...members)] },
    ];
    const source = parseRecords(JSON.stringify(records), "records");
    const explanation = await explain(parseReference("300:1/U"), "1/new", { name: "create" }, source);
    const text = formatExplanation(explanation, plain);
    expect(text.match(/300:1\/M0$/gm)).toHaveLength(1);
    expect(text).toContain("and 10 more");
    expect(text.match(/\(see above\)/g)).toHaveLength(2);
    expect(text).toContain("To grant it, add 300:1/U to the HS_VLIST at index 200 of 0.NA/1:");
    expect(JSON.parse(JSON.stringify(explanationMembers(explanation)))).toMatchObject({
      identity: "300:1/U",
      allowed: false,
      lists: [{ list: "200:0.NA/1" }, { list: "200:1/G", entries: members }],
    });
  });

  it("lets no record control the terminal", async () => {
    const admin = { handle: "1/\u001b[31mRED", index: 200, permissions: "000000000001" };
    const values = [{ index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } }];
    const source = parseRecords(JSON.stringify([{ handle: "0.NA/1", values }]), "records");
    const explanation = await explain(parseReference("300:1/U"), "1/new", { name: "create" }, source);
    expect(formatExplanation(explanation, plain)).not.toContain("\u001b");
  });
});
