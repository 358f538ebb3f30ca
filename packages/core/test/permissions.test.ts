import {
  ADMIN_PERMISSIONS,
  permissionBits,
  permissionNames,
  permissionString,
  VALUE_PERMISSIONS,
} from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { refusal } from "./support.ts";

// handle-authentication.md, section 8: bit, mask, position in the string counted from the left.
describe("the twelve permissions", () => {
  it.each([
    ["addHandle", 0x001, 12],
    ["deleteHandle", 0x002, 11],
    ["addDerivedPrefix", 0x004, 10],
    ["deleteDerivedPrefix", 0x008, 9],
    ["modifyValue", 0x010, 8],
    ["removeValue", 0x020, 7],
    ["addValue", 0x040, 6],
    ["modifyAdmin", 0x080, 5],
    ["removeAdmin", 0x100, 4],
    ["addAdmin", 0x200, 3],
    ["readValue", 0x400, 2],
    ["listHandles", 0x800, 1],
  ] as const)("%s", (name, mask, position) => {
    const text = `${"0".repeat(position - 1)}1${"0".repeat(12 - position)}`;
    expect(ADMIN_PERMISSIONS[name]).toBe(mask);
    expect(permissionString(mask)).toBe(text);
    expect(permissionBits(text)).toBe(mask);
    expect(permissionNames(mask)).toEqual([name]);
  });

  it("are twelve", () => {
    expect(Object.keys(ADMIN_PERMISSIONS)).toHaveLength(12);
    expect(permissionNames(0xfff)).toEqual(Object.keys(ADMIN_PERMISSIONS));
    expect(permissionNames(0)).toEqual([]);
  });
});

it("converts the usual string", () => {
  expect(permissionBits("011111110011")).toBe(0x7f3);
  expect(permissionString(0x7f3)).toBe("011111110011");
});

it("leaves out bits over the twelfth", () => {
  expect(permissionString(0xf001)).toBe("000000000001");
});

it.each(["", "1", "01111111001", "0111111100111", "01111111001x", "011111110012", " 11111110011", "*"])(
  "refuses %j",
  (text) => {
    expect(refusal("invalid_value", () => permissionBits(text))).toEqual({
      message: `"${text}" is not a permission string.`,
      hint: "Write twelve binary digits, list handles first, add handle last, for example 011111110011.",
    });
  },
);

it("has the four bits of a value in the order of its string", () => {
  const { adminRead, adminWrite, publicRead, publicWrite } = VALUE_PERMISSIONS;
  expect(
    [adminRead, adminWrite, publicRead, publicWrite].map((bit) => bit.toString(2).padStart(4, "0")),
  ).toEqual(["1000", "0100", "0010", "0001"]);
});
