import { inspect } from "node:util";
import { DEFAULT_TTL, decodeValue, encodeValue, encodeValues } from "@handlekit/core";
import { describe, expect, it, vi } from "vitest";
import { refusal, storedValue } from "./support.ts";

const url = { index: 1, type: "URL", data: "https://example.org/" };

describe("encodeValue", () => {
  it("fills in the defaults", () => {
    expect(DEFAULT_TTL).toBe(86_400);
    expect(encodeValue(url)).toEqual(storedValue(1));
  });

  it("accepts every member", () => {
    expect(
      encodeValue({
        index: "32",
        type: "",
        data: { format: "hex", value: "00" },
        permissions: "1100",
        ttl: 60,
        timestamp: "2001-02-03T04:05:06Z",
        references: [{ handle: "TEST/MEMBER", index: "300" }],
        other: "is passed over",
      }),
    ).toEqual(
      storedValue(32, {
        type: "",
        data: new Uint8Array(1),
        permissions: 0b1100,
        ttl: 60,
        references: [{ handle: "TEST/MEMBER", index: 300 }],
      }),
    );
  });

  it.each([
    ["seconds", 60, "relative", 60],
    ["a fraction of seconds, cut", 12.7, "relative", 12],
    ["less than no time", -1, "relative", -1],
    ["nearly nothing", -0.5, "relative", 0],
    ["the longest", 2147483647, "relative", 2147483647],
    ["a time in UTC", "2030-01-02T03:04:05Z", "absolute", 1893553445],
    ["a time in another zone", "2030-01-02T05:04:05+02:00", "absolute", 1893553445],
    ["a time without zone, which is UTC", "2030-01-02T03:04:05", "absolute", 1893553445],
    ["a time with a fraction, cut", "2030-01-02T03:04:05.999Z", "absolute", 1893553445],
    ["a time without seconds", "2030-01-02T03:04Z", "absolute", 1893553440],
    ["a date, which begins at midnight UTC", "2030-01-02", "absolute", 1893542400],
    ["the first time", "1970-01-01T00:00:00Z", "absolute", 0],
    ["the last time", "2106-02-07T06:28:15Z", "absolute", 0xffffffff],
  ])("accepts %s as ttl", (_, given, ttlType, ttl) => {
    const value = encodeValue({ ...url, ttl: given });
    expect({ ttlType: value.ttlType, ttl: value.ttl }).toStrictEqual({ ttlType, ttl });
  });

  it("reads a time without zone as UTC in every time zone", () => {
    vi.stubEnv("TZ", "America/New_York");
    try {
      expect(new Date(0).getHours()).toBe(19);
      expect(encodeValue({ ...url, ttl: "2030-01-02T03:04:05" }).ttl).toBe(1893553445);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([null, true, {}, [], 2147483648, -2147483649, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses %j as ttl",
    (ttl) => {
      expect(refusal("invalid_value", () => encodeValue({ ...url, ttl }))).toEqual({
        message: "The value at index 1 cannot be used: The ttl is neither a number of seconds nor a time.",
        hint: "Write 86400 or 2030-01-02T03:04:05Z.",
      });
    },
  );

  it.each([
    "abc",
    "",
    "60",
    "2030-1-2",
    "2030-13-02T03:04:05Z",
    "1969-12-31T23:59:59Z",
    "2106-02-07T06:28:16Z",
  ])("refuses %j as a time", (time) => {
    for (const member of ["ttl", "timestamp"]) {
      expect(refusal("invalid_value", () => encodeValue({ ...url, [member]: time }))).toEqual({
        message: `The value at index 1 cannot be used: The ${member} "${time}" is not a time.`,
        hint: "Write it as 2030-01-02T03:04:05Z.",
      });
    }
  });

  // handle-rest-api.md, section 10 and the recording 03-value-formats: of a string shorter than four digits the first is
  // passed over and the others stand over the default from the right. Handle.Net does that with four digits, too, and so
  // reads "0110" as 1110; this is deliberately not copied.
  it.each([
    [undefined, 0b1110],
    ["1110", 0b1110],
    ["1100", 0b1100],
    ["0110", 0b0110],
    ["0000", 0b0000],
    ["1111", 0b1111],
    ["00110", 0b0110],
    ["*", 0b1111],
    ["10", 0b1110],
    ["11", 0b1111],
    ["0", 0b1110],
    ["1", 0b1110],
    ["110", 0b1110],
    ["101", 0b1101],
    ["000", 0b1100],
    ["", 0b1110],
    [1110, 0b1110],
    [1100, 0b1100],
    [111, 0b1111],
  ])("reads the permissions %j", (permissions, bits) => {
    expect(encodeValue({ ...url, permissions }).permissions).toBe(bits);
  });

  it.each([" ", "1120", "12", "yes", 1120, 0.5, true, null, [1, 1, 1, 0]])(
    "refuses the permissions %j",
    (permissions) => {
      expect(refusal("invalid_value", () => encodeValue({ ...url, permissions }))).toEqual({
        message:
          "The value at index 1 cannot be used: The permissions of the value are not four binary digits.",
        hint: "Admin read, admin write, public read, public write: 1110 for a public value, 1100 for a hidden one.",
      });
    },
  );

  it.each([null, undefined, "URL", 1, [url]])("refuses %j, which is not an object", (value) => {
    expect(refusal("invalid_value", () => encodeValue(value))).toEqual({
      message: "A value is not an object.",
      hint: 'Write {"index":1,"type":"URL","data":"https://example.org/"}.',
    });
  });

  it.each([undefined, null, "one", 1.5, 2147483648, {}])("refuses the index %j", (index) => {
    expect(refusal("invalid_value", () => encodeValue({ ...url, index })).message).toBe(
      "The index of a value is not an integer up to 2147483647.",
    );
  });

  it.each([
    [{ type: undefined }, "It has no type."],
    [{ type: true }, "It has no type."],
    [{ data: undefined }, "It has no data."],
    [{ data: null }, "Data of format string have no text as their value."],
    [{ data: { format: "foo", value: "x" } }, 'The data format "foo" is unknown.'],
    [{ references: {} }, "Its references are not a list."],
    [{ references: [{ index: 1 }] }, "A handle and an index are missing in a reference of the value."],
    [
      { references: [{ handle: "a/b" }] },
      "The index of a reference of the value is not an integer up to 2147483647.",
    ],
  ])("names the index when it refuses %j", (given, why) => {
    expect(refusal("invalid_value", () => encodeValue({ ...url, index: 77, ...given })).message).toBe(
      `The value at index 77 cannot be used: ${why}`,
    );
  });

  it.each([
    { format: "base64", value: "S3CR3T!" },
    { format: "hex", value: "S3CR3T" },
    { format: "string", value: ["S3CR3T"] },
    { format: "foo", value: "S3CR3T" },
    { format: "admin", value: "S3CR3T" },
    { format: "admin", value: { handle: "a/b", index: 1, permissions: { S3CR3T: 1 } } },
    { format: "vlist", value: [{ handle: "S3CR3T" }] },
    { format: "key", value: { kty: "S3CR3T" } },
    { format: "key", value: { kty: "RSA", e: "AQAB", n: "S3CR3T!" } },
    ["S3CR3T"],
  ])("never quotes data (%#)", (data) => {
    let thrown: unknown;
    try {
      encodeValue({ ...url, data });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    expect(`${inspect(thrown, { showHidden: true })}${JSON.stringify(thrown)}`).not.toContain("S3CR3T");
  });
});

describe("encodeValues", () => {
  it("encodes values as encodeValue does, in ascending order, with a timestamp in seconds", () => {
    const json = [
      { index: 2, type: "EMAIL", data: "a@example.org" },
      { index: 1, type: "URL", data: "https://example.org/" },
    ];
    const time = new Date("2026-01-02T03:04:05.999Z");
    const timestamp = Date.parse("2026-01-02T03:04:05Z") / 1000;
    expect(encodeValues(json, time)).toEqual([
      { ...encodeValue(json[1]), timestamp },
      { ...encodeValue(json[0]), timestamp },
    ]);
    expect(Math.abs((encodeValues(json)[0]?.timestamp ?? 0) * 1000 - Date.now())).toBeLessThan(60_000);
  });

  it("throws what encodeValue throws", () => {
    expect(refusal("invalid_value", () => encodeValues([{ index: 3, type: "URL" }])).message).toContain(
      "index 3",
    );
  });
});

describe("decodeValue", () => {
  it("leaves out defaults", () => {
    expect(JSON.stringify(decodeValue(storedValue(1)))).toBe(
      '{"index":1,"type":"URL","data":{"format":"string","value":"https://example.org/"},"ttl":86400}',
    );
  });

  it("has the members in the order of the API", () => {
    const value = storedValue(1, {
      permissions: 0b0110,
      ttlType: "absolute",
      ttl: 1893553445,
      timestamp: 0x6b01ed96,
      references: [{ handle: "TEST/MEMBER", index: 300 }],
    });
    expect(JSON.stringify(decodeValue(value))).toBe(
      '{"index":1,"type":"URL","data":{"format":"string","value":"https://example.org/"},"permissions":"0110",' +
        '"ttl":"2030-01-02T03:04:05Z","timestamp":"2026-11-21T19:14:30Z",' +
        '"references":[{"handle":"TEST/MEMBER","index":300}]}',
    );
  });

  it.each([
    [0b0000, "0000"],
    [0b0001, "0001"],
    [0b1100, "1100"],
    [0b1111, "1111"],
  ])("writes the permissions %j as %j", (permissions, text) => {
    expect(decodeValue(storedValue(1, { permissions })).permissions).toBe(text);
  });

  it.each([0, 1, 1893553445, 0x7fffffff, 0x80000000, 0xffffffff])("writes the time %d", (seconds) => {
    const { ttl, timestamp } = decodeValue(
      storedValue(1, { ttlType: "absolute", ttl: seconds, timestamp: seconds }),
    );
    const iso = new Date(seconds * 1000).toISOString().replace(".000", "");
    expect(ttl).toBe(iso);
    expect(timestamp).toBe(seconds === 0 ? undefined : iso);
  });
});
