import { decodeAdmin, decodeValueList, encodeAdmin, encodeValueList } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { hex, refusal } from "./support.ts";

// The data of HS_ADMIN at index 100 of TEST/GROUP, as a Handle.Net 9.3.1 server sent it
// (handle-native-protocol.md, section 9, V1), and as the create request of V3 carried it.
const GROUP_ADMIN = hex("0fff 00000009 302e4e412f54455354 000000c8");
const NATIVE_ADMIN = hex("0ff3 00000009 302e4e412f54455354 000000c8");
// The data of HS_VLIST at index 200 of TEST/GROUP (V1) and of 0.NA/TEST (the two-packet UDP answer of V6-V20).
const GROUP_LIST = hex("00000001 0000000b 544553542f4d454d424552 0000012c");
const PREFIX_LIST = hex(
  `00000003 00000009 302e4e412f54455354 0000012c
            00000009 302e4e412f54455354 0000012d
            0000000a 544553542f47524f5550 000000c8`,
);

describe("HS_ADMIN", () => {
  it.each([
    ["V1", GROUP_ADMIN, "111111111111"],
    ["V3", NATIVE_ADMIN, "111111110011"],
  ])("%s is read and written as recorded", (_, bytes, permissions) => {
    const admin = { handle: "0.NA/TEST", index: 200, permissions };
    expect(decodeAdmin(bytes)).toEqual(admin);
    expect(encodeAdmin(admin)).toEqual(bytes);
  });

  it("keeps the two zero bytes of old servers", () => {
    const old = hex("07f3 00000009 302e4e412f54455354 000000c8 0000");
    const admin = { handle: "0.NA/TEST", index: 200, permissions: "011111110011", legacyByteLength: true };
    expect(decodeAdmin(old)).toEqual(admin);
    expect(encodeAdmin(admin)).toEqual(old);
    expect(encodeAdmin({ ...admin, legacyByteLength: false })).toEqual(old.subarray(0, -2));
  });

  it("has the handle in UTF-8 and a signed index", () => {
    const bytes = hex("0001 00000005 412fe29883 ffffffff");
    expect(decodeAdmin(bytes)).toEqual({ handle: "A/☃", index: -1, permissions: "000000000001" });
    expect(encodeAdmin({ handle: "A/☃", index: -1, permissions: "000000000001" })).toEqual(bytes);
  });

  it.each([
    ["", "The HS_ADMIN value is truncated: 2 bytes were expected at byte 0 of 0."],
    ["0fff", "The HS_ADMIN value is truncated: 4 bytes were expected at byte 2 of 2."],
    ["0fff 00000009 302e4e41", "The HS_ADMIN value is truncated: 9 bytes were expected at byte 6 of 10."],
    ["0fff 00000001 41 0000", "The HS_ADMIN value is truncated: 4 bytes were expected at byte 7 of 9."],
    ["0fff ffffffff 41 000000c8", "The HS_ADMIN value is truncated: -1 bytes were expected at byte 6 of 11."],
    ["0fff 00000001 ff 000000c8", "The HS_ADMIN value contains text that is not UTF-8."],
    ["0fff 00000001 41 000000c8 00", "The HS_ADMIN value has 1 bytes too many."],
    ["0fff 00000001 41 000000c8 000000", "The HS_ADMIN value has 3 bytes too many."],
  ])("%j is refused", (bytes, message) => {
    expect(refusal("invalid_value", () => decodeAdmin(hex(bytes))).message).toBe(message);
  });

  it("refuses two trailing bytes that are not zero", () => {
    refusal("invalid_value", () => decodeAdmin(hex("0fff 00000001 41 000000c8 0001")));
  });

  it("is not written with a malformed permission string", () => {
    refusal("invalid_value", () => encodeAdmin({ handle: "0.NA/TEST", index: 200, permissions: "1111" }));
  });
});

describe("HS_VLIST", () => {
  it.each([
    ["V1", GROUP_LIST, [{ handle: "TEST/MEMBER", index: 300 }]],
    [
      "of 0.NA/TEST",
      PREFIX_LIST,
      [
        { handle: "0.NA/TEST", index: 300 },
        { handle: "0.NA/TEST", index: 301 },
        { handle: "TEST/GROUP", index: 200 },
      ],
    ],
    ["without entries", hex("00000000"), []],
  ])("%s is read and written as recorded", (_, bytes, list) => {
    expect(decodeValueList(bytes)).toEqual(list);
    expect(encodeValueList(list)).toEqual(bytes);
  });

  it.each([
    ["", "The HS_VLIST value is truncated: 4 bytes were expected at byte 0 of 0."],
    ["ffffffff", "The HS_VLIST value has a count of -1 entries, but not that many bytes."],
    [
      "7fffffff 00000000 00000000",
      "The HS_VLIST value has a count of 2147483647 entries, but not that many bytes.",
    ],
    [
      "00000002 00000001 41 00000001 00000002 4142 00",
      "The HS_VLIST value is truncated: 4 bytes were expected at byte 19 of 20.",
    ],
    ["00000001 00000001 ff 00000001", "The HS_VLIST value contains text that is not UTF-8."],
    ["00000001 00000001 41 00000001 00", "The HS_VLIST value has 1 bytes too many."],
  ])("%j is refused", (bytes, message) => {
    expect(refusal("invalid_value", () => decodeValueList(hex(bytes))).message).toBe(message);
  });
});
