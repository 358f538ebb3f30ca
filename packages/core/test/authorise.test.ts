import { type Authorisation, authorise, type Operation, type StoredValue } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { reader, SEED } from "./records.ts";
import { adminValue, hex, listValue, reference, storedValue } from "./support.ts";

const CREATE: Operation = { name: "create" };
const ADMIN = reference("300:0.NA/TEST");
const MEMBER = reference("300:TEST/MEMBER");
const OUTSIDER = reference("300:TEST/OUTSIDER");
const seed = reader(SEED);

/** A read that must not be called. */
const unread = async (handle: string): Promise<never> => {
  throw new Error(`${handle} was read.`);
};

const none = (text: string) => ({ reference: reference(text), entries: undefined });
const SEED_LISTS = [
  {
    reference: reference("200:0.NA/TEST"),
    entries: ["300:0.NA/TEST", "301:0.NA/TEST", "200:TEST/GROUP"].map(reference),
  },
  none("300:0.NA/TEST"),
  none("301:0.NA/TEST"),
  { reference: reference("200:TEST/GROUP"), entries: [MEMBER] },
];

describe("the answer", () => {
  it("granted: by the owner's list, and the list in it", async () => {
    expect(await authorise(MEMBER, CREATE, "TEST/new", seed)).toEqual<Authorisation>({
      allowed: true,
      reason: "granted",
      needed: ["addHandle"],
      governedBy: "0.NA/TEST",
      checks: [
        {
          index: 100,
          owner: reference("200:0.NA/TEST"),
          missing: [],
          path: [reference("200:0.NA/TEST"), reference("200:TEST/GROUP"), MEMBER],
        },
      ],
      lists: SEED_LISTS,
    });
  });

  it("granted: the owner itself, at the second HS_ADMIN value", async () => {
    const read = reader({
      "TEST/a": [adminValue(100, "200:0.NA/TEST", 0), adminValue(101, "300:TEST/MEMBER", 2)],
    });
    expect(await authorise(MEMBER, { name: "delete" }, "TEST/a", read)).toEqual<Authorisation>({
      allowed: true,
      reason: "granted",
      needed: ["deleteHandle"],
      governedBy: "TEST/a",
      checks: [
        { index: 100, owner: reference("200:0.NA/TEST"), missing: ["deleteHandle"], path: [] },
        { index: 101, owner: MEMBER, missing: [], path: [MEMBER] },
      ],
      lists: [none("200:0.NA/TEST")],
    });
  });

  it("granted: stops at the first that is enough", async () => {
    const read = reader({ "TEST/a": [adminValue(1, "300:TEST/MEMBER"), adminValue(2, "300:TEST/MEMBER")] });
    expect((await authorise(MEMBER, { name: "read" }, "TEST/a", read)).checks).toHaveLength(1);
  });

  it("permission_missing: listed, with too few bits", async () => {
    const read = reader({ "TEST/a": [adminValue(100, "300:TEST/MEMBER", 0x001)] });
    expect(await authorise(MEMBER, { name: "delete" }, "TEST/a", read)).toEqual<Authorisation>({
      allowed: false,
      reason: "permission_missing",
      needed: ["deleteHandle"],
      governedBy: "TEST/a",
      checks: [{ index: 100, owner: MEMBER, missing: ["deleteHandle"], path: [MEMBER] }],
      lists: [],
    });
  });

  it("not_listed: in no list", async () => {
    expect(await authorise(OUTSIDER, CREATE, "TEST/new", seed)).toEqual<Authorisation>({
      allowed: false,
      reason: "not_listed",
      needed: ["addHandle"],
      governedBy: "0.NA/TEST",
      checks: [{ index: 100, owner: reference("200:0.NA/TEST"), missing: [], path: [] }],
      lists: [...SEED_LISTS, none("300:TEST/MEMBER")],
    });
  });

  it("no_admin: a record without HS_ADMIN, or only with malformed ones", async () => {
    const records = [
      [],
      [storedValue(1)],
      [storedValue(1, { type: "HS_ADMIN" })],
      [{ ...adminValue(1, "300:TEST/MEMBER"), type: "HS_ADMINX" }],
    ];
    for (const values of records) {
      const answer = await authorise(MEMBER, { name: "read" }, "TEST/a", reader({ "TEST/a": values }));
      expect(answer).toMatchObject({ allowed: false, reason: "no_admin", checks: [] });
    }
  });

  it("no_record", async () => {
    expect(await authorise(MEMBER, CREATE, "OTHER/a", seed)).toEqual<Authorisation>({
      allowed: false,
      reason: "no_record",
      needed: ["addHandle"],
      governedBy: "0.NA/OTHER",
      checks: [],
      lists: [],
    });
  });

  it("anonymous: an anonymous request is never allowed", async () => {
    const open = storedValue(1, { permissions: 0b1111 });
    const change: Operation = { name: "change", before: [open], after: [storedValue(1)] };
    for (const operation of [CREATE, change, { name: "list" }] satisfies Operation[]) {
      const answer = await authorise(undefined, operation, "TEST/a", unread, {
        serverAdmins: [reference("0:TEST/a")],
        serverAdminFullAccess: true,
      });
      expect(answer).toMatchObject({ allowed: false, reason: "anonymous", checks: [] });
    }
  });

  it("nothing_needed: a change that needs no permission reads nothing", async () => {
    const same = storedValue(1);
    const answer = await authorise(
      OUTSIDER,
      { name: "change", before: [same], after: [same] },
      "TEST/a",
      unread,
    );
    expect(answer).toEqual<Authorisation>({
      allowed: true,
      reason: "nothing_needed",
      needed: [],
      governedBy: "TEST/a",
      checks: [],
      lists: [],
    });
  });

  it("server_admin: reads nothing, and only with full access", async () => {
    const rules = { serverAdmins: [ADMIN, reference("0:TEST/ROOT")], serverAdminFullAccess: true };
    for (const identity of [ADMIN, reference("300:0.na/TEST"), reference("17:test/ROOT")]) {
      const answer = await authorise(identity, CREATE, "OTHER/a", unread, rules);
      expect(answer).toMatchObject({
        allowed: true,
        reason: "server_admin",
        governedBy: "0.NA/OTHER",
        checks: [],
      });
    }
    const without = [{ serverAdmins: [ADMIN] }, { serverAdmins: [ADMIN], serverAdminFullAccess: false }];
    for (const less of without) {
      expect((await authorise(ADMIN, CREATE, "OTHER/a", seed, less)).reason).toBe("no_record");
    }
    for (const identity of [
      MEMBER,
      reference("301:0.NA/TEST"),
      reference("0:0.NA/TEST"),
      reference("1:TEST/root"),
    ]) {
      expect((await authorise(identity, CREATE, "OTHER/a", seed, rules)).reason).toBe("no_record");
    }
  });

  it("prefix_admins_ignored: creating and listing only, and not for server administrators", async () => {
    const rules = { allowNaAdmins: false };
    for (const operation of [CREATE, { name: "list" }] satisfies Operation[]) {
      const answer = await authorise(ADMIN, operation, "TEST/new", unread, rules);
      expect(answer).toMatchObject({
        allowed: false,
        reason: "prefix_admins_ignored",
        governedBy: "0.NA/TEST",
      });
      const full = { ...rules, serverAdmins: [ADMIN], serverAdminFullAccess: true };
      expect((await authorise(ADMIN, operation, "TEST/new", unread, full)).allowed).toBe(true);
    }
    expect((await authorise(ADMIN, { name: "delete" }, "TEST/MEMBER", seed, rules)).reason).toBe("granted");
    expect((await authorise(ADMIN, CREATE, "TEST/new", seed, { allowNaAdmins: true })).reason).toBe(
      "granted",
    );
  });

  it("is the reader's own error when reading fails", async () => {
    await expect(authorise(ADMIN, CREATE, "TEST/new", unread)).rejects.toThrow("0.NA/TEST was read.");
  });
});

// handle-authentication.md, section 9.
describe("the deciding record and the needed permissions", () => {
  it.each([
    ["create", "TEST/new", "0.NA/TEST", "addHandle"],
    ["create", "test/new", "0.NA/test", "addHandle"],
    ["create", "TEST/a.b/c.d", "0.NA/TEST", "addHandle"],
    ["create", "TEST/", "0.NA/TEST", "addHandle"],
    ["create", "20.500.12345/x", "0.NA/20.500.12345", "addHandle"],
    ["create", "0.NA/NEWPREFIX", "0.NA/0.NA", "addHandle"],
    ["create", "0.NA/20.500", "0.NA/20", "addDerivedPrefix"],
    ["create", "0.NA/20.500.12345", "0.NA/20.500", "addDerivedPrefix"],
    ["create", "0.na/a.b", "0.na/a", "addDerivedPrefix"],
    ["create", "0.NA/a.", "0.NA/a", "addDerivedPrefix"],
    ["create", "0.NA/.a", "0.NA/0.NA", "addHandle"],
    ["create", "0.NA/", "0.NA/0.NA", "addHandle"],
    ["create", "0.NAX/a.b", "0.NA/0.NAX", "addHandle"],
    ["create", "noslash", "0.NA/0.NA", "addHandle"],
    ["create", "20.500.12345", "0.NA/0.NA", "addHandle"],
    ["list", "TEST", "0.NA/TEST", "listHandles"],
    ["list", "0.NA/TEST", "0.NA/TEST", "listHandles"],
    ["list", "0.na/test", "0.na/test", "listHandles"],
    ["list", "TEST/any", "0.NA/TEST", "listHandles"],
    ["list", "0.NA", "0.NA/0.NA", "listHandles"],
    ["delete", "TEST/a", "TEST/a", "deleteHandle"],
    ["delete", "0.NA/20.500", "0.NA/20.500", "deleteHandle"],
    ["read", "TEST/a", "TEST/a", "readValue"],
  ] as const)("%s %s: %s, %s", async (name, handle, governedBy, needed) => {
    const asked: string[] = [];
    const read = async (one: string): Promise<undefined> => {
      asked.push(one);
    };
    const answer = await authorise(ADMIN, { name }, handle, read);
    expect(answer).toMatchObject({ governedBy, needed: [needed], reason: "no_record" });
    expect(asked).toEqual([governedBy]);
  });

  it("change: the record itself, and what the differences need", async () => {
    const before = [storedValue(1), adminValue(100, "300:TEST/MEMBER", 0x060)];
    const after = [storedValue(2), ...before.slice(1)];
    const operation: Operation = { name: "change", before, after };
    const answer = await authorise(MEMBER, operation, "TEST/a", reader({ "TEST/a": before }));
    expect(answer).toMatchObject({
      allowed: true,
      needed: ["removeValue", "addValue"],
      governedBy: "TEST/a",
    });
  });

  it("uses the record before the change, not after it", async () => {
    const before = [adminValue(100, "300:TEST/OTHER")];
    const after = [adminValue(100, "300:TEST/MEMBER")];
    const answer = await authorise(
      MEMBER,
      { name: "change", before, after },
      "TEST/a",
      reader({ "TEST/a": before }),
    );
    expect(answer).toMatchObject({ allowed: false, reason: "not_listed" });
  });

  it("wants all bits in one HS_ADMIN value", async () => {
    const before = [adminValue(100, "300:TEST/MEMBER", 0x020), adminValue(101, "300:TEST/MEMBER", 0x040)];
    const operation: Operation = {
      name: "change",
      before: [...before, storedValue(1)],
      after: [...before, storedValue(2)],
    };
    const answer = await authorise(MEMBER, operation, "TEST/a", reader({ "TEST/a": before }));
    expect(answer).toMatchObject({ allowed: false, reason: "permission_missing" });
    expect(answer.checks.map((check) => check.missing)).toEqual([["addValue"], ["removeValue"]]);
  });

  it("passes over HS_ADMIN values that cannot be read", async () => {
    const broken = storedValue(99, { type: "HS_ADMIN", data: hex("0fff 000000ff 41") });
    const read = reader({ "TEST/a": [broken, adminValue(100, "300:TEST/MEMBER")] });
    const answer = await authorise(MEMBER, { name: "read" }, "TEST/a", read);
    expect(answer).toMatchObject({ allowed: true, checks: [{ index: 100 }] });
  });
});

describe("lists", () => {
  const ask = (identity: string, records: Record<string, readonly StoredValue[]>) =>
    authorise(reference(identity), { name: "read" }, "T/a", reader(records));

  it("end in cycles", async () => {
    const records = {
      "T/a": [adminValue(100, "1:T/l")],
      "T/l": [listValue(1, ["1:T/m", "1:T/l"])],
      "T/m": [listValue(1, ["1:t/L", "7:T/me"])],
    };
    expect((await ask("7:T/me", records)).checks[0]?.path).toEqual(
      ["1:T/l", "1:T/m", "7:T/me"].map(reference),
    );
    expect(await ask("8:T/me", records)).toMatchObject({ allowed: false, reason: "not_listed" });
  });

  it("are each read once", async () => {
    const lists: Record<string, readonly StoredValue[]> = { "T/a": [adminValue(100, "1:T/l0")] };
    for (let depth = 0; depth < 30; depth++) {
      lists[`T/l${depth}`] = [
        listValue(
          1,
          Array.from({ length: 8 }, (_, i) => `1:${i > 3 ? "t/L" : "T/l"}${depth + 1}`),
        ),
      ];
    }
    const asked: string[] = [];
    const read = reader(lists);
    const counting = (handle: string) => {
      asked.push(handle);
      return read(handle);
    };
    const answer = await authorise(reference("7:T/me"), { name: "read" }, "T/a", counting);
    expect(answer.allowed).toBe(false);
    expect(asked).toEqual(["T/a", ...Array.from({ length: 31 }, (_, depth) => `T/l${depth}`)]);
  });

  it("are not read at index 0", async () => {
    const records = {
      "T/a": [adminValue(100, "0:T/l")],
      "T/l": [listValue(1, ["7:T/me"]), listValue(0, ["7:T/me"])],
    };
    expect(await ask("7:T/me", records)).toMatchObject({ allowed: false, reason: "not_listed" });
    expect(await ask("7:T/l", records)).toMatchObject({ allowed: true });
  });

  it("are only used at their index, with their type and well formed", async () => {
    const lists: readonly (readonly StoredValue[])[] = [
      [],
      [listValue(2, ["7:T/me"])],
      [{ ...listValue(1, ["7:T/me"]), type: "HS_VLISTX" }],
      [storedValue(1, { type: "HS_VLIST", data: hex("00000001 0000") })],
    ];
    for (const values of lists) {
      const answer = await ask("7:T/me", { "T/a": [adminValue(100, "1:T/l")], "T/l": values });
      expect(answer).toMatchObject({ allowed: false, reason: "not_listed" });
    }
  });

  it("need not be public, and may name any index of a handle", async () => {
    const hidden = { ...listValue(1, ["0:T/me"]), permissions: 0b1100 };
    const records = { "T/a": [adminValue(100, "1:T/l")], "T/l": [hidden] };
    expect((await ask("7:t/me", records)).checks[0]?.path).toEqual(["1:T/l", "0:T/me"].map(reference));
    expect(await ask("7:T/ME", records)).toMatchObject({ allowed: false });
  });

  it("are followed in any ASCII case of their handle", async () => {
    const records = { "T/a": [adminValue(100, "1:t/LIST")], "T/list": [listValue(1, ["7:T/me"])] };
    expect((await ask("7:T/me", records)).allowed).toBe(true);
  });

  it("return the shortest path", async () => {
    const records = {
      "T/a": [adminValue(100, "1:T/l")],
      "T/l": [listValue(1, ["1:T/m", "7:T/me"])],
      "T/m": [listValue(1, ["7:T/me"])],
    };
    expect((await ask("7:T/me", records)).checks[0]?.path).toEqual(["1:T/l", "7:T/me"].map(reference));
  });
});
