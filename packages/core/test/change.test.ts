import { changePermissions, permissionNames, type StoredValue, sameValue } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { adminValue, listValue, storedValue } from "./support.ts";

const url = storedValue(1);
const otherUrl = storedValue(1, { data: new Uint8Array(Buffer.from("https://example.org/other")) });
const open = storedValue(1, { permissions: 0b1111 });
const openChanged = storedValue(1, { permissions: 0b1110, type: "EMAIL" });
const readOnly = storedValue(1, { permissions: 0b1010 });
const admin = adminValue(1, "200:0.NA/TEST");
const otherAdmin = adminValue(1, "300:TEST/OTHER");
const openAdmin = { ...admin, permissions: 0b1111 };
const other = storedValue(2, { type: "EMAIL" });

// handle-authentication.md, section 9.
describe("changePermissions", () => {
  type Row = [string, readonly StoredValue[], readonly StoredValue[], readonly string[]];
  const table: readonly Row[] = [
    ["nothing", [], [], []],
    ["nothing changes", [url, other], [url, other], []],
    ["the order changes", [url, other], [other, url], []],
    ["the time stamp changes", [url], [{ ...url, timestamp: 5 }], []],
    ["add a value", [], [url], ["addValue"]],
    ["add a publicly writable value", [], [open], ["addValue"]],
    ["add an HS_ADMIN value", [], [admin], ["addAdmin"]],
    ["add both", [], [admin, other], ["addValue", "addAdmin"]],
    ["add an HS_VLIST value, which is a plain one", [], [listValue(1, [])], ["addValue"]],
    ["add a value of type hs_admin, which is HS_ADMIN", [], [{ ...admin, type: "hs_admin" }], ["addAdmin"]],
    ["add a value of type HS_ADMIN.X", [], [{ ...admin, type: "HS_ADMIN.X" }], ["addAdmin"]],
    ["modify a value", [url], [otherUrl], ["modifyValue"]],
    ["modify the type", [url], [{ ...url, type: "EMAIL" }], ["modifyValue"]],
    ["modify the ttl", [url], [{ ...url, ttl: 1 }], ["modifyValue"]],
    ["modify the kind of ttl", [url], [{ ...url, ttlType: "absolute" }], ["modifyValue"]],
    ["modify the permissions", [url], [{ ...url, permissions: 0b1100 }], ["modifyValue"]],
    [
      "modify the references",
      [url],
      [{ ...url, references: [{ handle: "a/b", index: 1 }] }],
      ["modifyValue"],
    ],
    ["modify a value without admin write", [readOnly], [url], ["modifyValue"]],
    ["make a value publicly writable", [url], [open], ["modifyValue"]],
    ["modify a publicly writable value", [open], [openChanged], []],
    ["turn a publicly writable value into HS_ADMIN", [open], [admin], ["modifyValue", "addAdmin"]],
    ...["HS_SECKEY", "hs_pubkey", "HS_PUBKEY.X", "HS_CERT", "HS_SITE", "HS_VLIST"].map(
      (type): Row => [
        `turn a publicly writable value into ${type}`,
        [open],
        [{ ...openChanged, type }],
        ["modifyValue"],
      ],
    ),
    [
      "modify a publicly writable HS_PUBKEY value",
      [{ ...open, type: "HS_PUBKEY" }],
      [{ ...openChanged, type: "HS_PUBKEY" }],
      ["modifyValue"],
    ],
    ["remove a publicly writable value", [open], [], ["removeValue"]],
    ["modify an HS_ADMIN value", [admin], [otherAdmin], ["modifyAdmin"]],
    ["modify a publicly writable HS_ADMIN value", [openAdmin], [otherAdmin], ["modifyAdmin"]],
    ["turn an HS_ADMIN value into another", [admin], [url], ["modifyValue", "removeAdmin"]],
    ["turn a value into HS_ADMIN", [url], [admin], ["modifyValue", "addAdmin"]],
    ["remove a value", [url], [], ["removeValue"]],
    ["remove an HS_ADMIN value", [admin], [], ["removeAdmin"]],
    ["remove both", [admin, other], [], ["removeValue", "removeAdmin"]],
    ["move a value to another index", [url], [{ ...url, index: 3 }], ["removeValue", "addValue"]],
    [
      "replace the record",
      [url, other],
      [otherUrl, adminValue(3, "1:a/b")],
      ["modifyValue", "removeValue", "addAdmin"],
    ],
    ["an index that stands twice, the change first", [url], [admin, url], ["modifyValue", "addAdmin"]],
    ["an index that stands twice, the change last", [url], [url, admin], ["modifyValue", "addAdmin"]],
    ["an index that is added twice", [], [url, admin], ["addValue", "addAdmin"]],
  ];

  it.each(table)("%s", (_, before, after, needed) => {
    expect(permissionNames(changePermissions(before, after))).toEqual(needed);
  });
});

describe("sameValue", () => {
  const full = storedValue(1, {
    references: [
      { handle: "a/b", index: 1 },
      { handle: "c/d", index: 2 },
    ],
    timestamp: 1,
  });

  it("looks at everything but the time stamp", () => {
    expect(sameValue(full, structuredClone(full))).toBe(true);
    expect(sameValue(full, { ...full, timestamp: 2 })).toBe(true);
  });

  it.each<[string, Partial<StoredValue>]>([
    ["index", { index: 2 }],
    ["type", { type: "url" }],
    ["data", { data: new Uint8Array([1]) }],
    ["ttl", { ttl: 1 }],
    ["ttlType", { ttlType: "absolute" }],
    ["permissions", { permissions: 0b1111 }],
    ["no references", { references: [] }],
    ["fewer references", { references: full.references.slice(1) }],
    ["references in another order", { references: [...full.references].reverse() }],
    ["a reference's handle", { references: [{ handle: "A/b", index: 1 }, ...full.references.slice(1)] }],
    ["a reference's index", { references: [{ handle: "a/b", index: 9 }, ...full.references.slice(1)] }],
  ])("detects another %s", (_, change) => {
    expect(sameValue(full, { ...full, ...change })).toBe(false);
    expect(sameValue({ ...full, ...change }, full)).toBe(false);
  });
});
