import { decodeRecord, encodeRecord } from "@handlekit/core/store";
import { describe, expect, it } from "vitest";
import { adminValue, hex, listValue, refusal, storedValue } from "./support.ts";

// The two values of TEST/GROUP as a Handle.Net 9.3.1 server sent them (handle-native-protocol.md, section 9, V1).
const GROUP_VALUES = `
  00000064 6b01ed96 00 00015180 0e 00000008 48535f41444d494e
    00000013 0fff00000009302e4e412f54455354000000c8 00000000
  000000c8 6b01ed96 00 00015180 0e 00000008 48535f564c495354
    00000017 000000010000000b544553542f4d454d4245520000012c 00000000`;
// The two values of TEST/NATIVE1 in the create request of V3.
const NATIVE_VALUES = `
  00000001 00000000 00 00015180 0e 00000003 55524c
    00000015 68747470733a2f2f6578616d706c652e6f72672f6e 00000000
  00000064 00000000 00 00015180 0e 00000008 48535f41444d494e
    00000013 0ff300000009302e4e412f54455354000000c8 00000000`;

describe("a record", () => {
  it.each([
    [
      "TEST/GROUP",
      GROUP_VALUES,
      [
        { ...adminValue(100, "200:0.NA/TEST"), timestamp: 0x6b01ed96 },
        { ...listValue(200, ["300:TEST/MEMBER"]), timestamp: 0x6b01ed96 },
      ],
    ],
    [
      "TEST/NATIVE1",
      NATIVE_VALUES,
      [
        storedValue(1, { data: new Uint8Array(Buffer.from("https://example.org/n")) }),
        adminValue(100, "200:0.NA/TEST", 0xff3),
      ],
    ],
    ["without values", "", []],
  ])("%s: one format byte, then the values as the protocol has them", (_, bytes, values) => {
    const encoded = hex(`01 ${bytes}`);
    expect(decodeRecord(encoded)).toEqual(values);
    expect(encodeRecord(values)).toEqual(encoded);
  });

  it("keeps times up to 2106, negative lifetimes, permissions and references", () => {
    const values = [
      storedValue(1, { ttlType: "absolute", ttl: 0xffffffff, timestamp: 0xfffffffe }),
      storedValue(2, { ttl: -1, permissions: 0 }),
      storedValue(0x7fffffff, {
        type: "",
        data: new Uint8Array(),
        permissions: 15,
        references: [
          { handle: "TEST/☃", index: 300 },
          { handle: "", index: 0 },
        ],
      }),
    ];
    expect(decodeRecord(encodeRecord(values))).toEqual(values);
  });

  it("keeps the order of its values", () => {
    const values = [storedValue(7), storedValue(3), storedValue(5)];
    expect(decodeRecord(encodeRecord(values)).map((value) => value.index)).toEqual([7, 3, 5]);
  });

  it("returns data as views of the bytes", () => {
    const encoded = encodeRecord([storedValue(1)]);
    expect(decodeRecord(encoded)[0]?.data.buffer).toBe(encoded.buffer);
  });
});

describe("refusals", () => {
  it("name the format", () => {
    expect(refusal("invalid_value", () => decodeRecord(hex("02")))).toEqual({
      message: "The record has format 2; this version reads format 1.",
      hint: "A newer version may have written it. Install that version.",
    });
  });

  it.each([
    ["", "The record is truncated: 1 bytes were expected at byte 0 of 0."],
    ["01 00000001", "The record is truncated: 4 bytes were expected at byte 5 of 5."],
    [
      "01 00000001 00000000 00 00015180 0e 00000000 00000000 7fffffff",
      "A value of the record has a count of 2147483647 references, but not that many bytes.",
    ],
    [
      "01 00000001 00000000 00 00015180 0e 00000000 00000000 ffffffff",
      "A value of the record has a count of -1 references, but not that many bytes.",
    ],
    [
      "01 00000001 00000000 00 00015180 0e 00000001 ff 00000000 00000000",
      "The record contains text that is not UTF-8.",
    ],
  ])("%j", (bytes, message) => {
    expect(refusal("invalid_value", () => decodeRecord(hex(bytes))).message).toBe(message);
  });

  it("of every beginning of a record", () => {
    const encoded = encodeRecord([adminValue(100, "200:0.NA/TEST")]);
    for (let end = 2; end < encoded.length; end++) {
      refusal("invalid_value", () => decodeRecord(encoded.subarray(0, end)));
    }
  });
});
