import { authorise, type Operation, type StoredValue } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { reader, SEED } from "./records.ts";
import { adminValue, reference, storedValue } from "./support.ts";

const RULES = { serverAdmins: [reference("300:0.NA/20.500.99999")], serverAdminFullAccess: true };

/** One asking of the recorded server, whose answer was a refusal (403 with code 400) or not. */
async function ask(identity: string, operation: Operation, handle: string): Promise<boolean> {
  return (await authorise(reference(identity), operation, handle, reader(SEED), RULES)).allowed;
}

// What a Handle.Net 9.3.1 server answered; file and number of the exchange in the recordings.
describe("recorded", () => {
  it.each([
    ["06/1", "300:0.NA/TEST", "create", "TEST/perm1", true],
    ["06/2", "300:TEST/MEMBER", "create", "TEST/perm2", true],
    ["06/3", "300:20.500.99999/USER1", "create", "TEST/perm3", false],
    ["06/4", "300:0.NA/TEST", "create", "0.NA/NEWPREFIX", false],
    ["02/7", "300:TEST/OUTSIDER", "create", "20.500.99999/doc1", false],
    ["02/8", "301:0.NA/20.500.99999", "create", "20.500.99999/doc1", true],
    ["02/31", "301:0.NA/20.500.99999", "create", "noslash", false],
    ["02/33", "301:0.NA/20.500.99999", "create", "20.500.99999/", true],
    ["05/3", "301:0.na/20.500.99999", "create", "20.500.99999/auth1", true],
    ["05/63", "300:0.NA/20.500.99999", "create", "HOMEME/x", true],
    ["03/9", "300:TEST/OUTSIDER", "read", "20.500.99999/USER1", false],
    ["04/3", "300:0.NA/TEST", "list", "TEST", true],
    ["04/4", "300:0.NA/TEST", "list", "0.NA/TEST", true],
    ["04/5", "300:0.NA/TEST", "list", "test", true],
    ["04/12", "300:TEST/OUTSIDER", "list", "TEST", false],
    ["04/13", "300:TEST/MEMBER", "list", "TEST", true],
    ["04/15", "301:0.NA/20.500.99999", "list", "0.NA", false],
  ] as const)("%s: %s, %s %s: %s", async (_, identity, name, handle, allowed) => {
    expect(await ask(identity, { name }, handle)).toBe(allowed);
  });
});

const OUTSIDER = "300:TEST/OUTSIDER";

/** The record that the recording sets up for each bit: TEST/OUTSIDER holds only this one in the value at 101. */
function onlyBit(bit: number): readonly StoredValue[] {
  return [
    storedValue(1),
    storedValue(9, { type: "X", permissions: 0b1100 }),
    adminValue(100, "200:0.NA/TEST"),
    adminValue(101, OUTSIDER, 1 << bit),
  ];
}

const changed = (index: number) => storedValue(index, { data: new Uint8Array([1]) });

/** The operations of the recording, in its order, as core is asked about them. */
const OPERATIONS: Readonly<Record<string, (record: readonly StoredValue[]) => Operation>> = {
  "add value": (before) => ({ name: "change", before, after: [...before, storedValue(5)] }),
  "modify value": (before) => ({ name: "change", before, after: [changed(1), ...before.slice(1)] }),
  "remove value": (before) => ({ name: "change", before, after: before.slice(1) }),
  "add admin": (before) => ({
    name: "change",
    before,
    after: [...before, adminValue(102, "300:TEST/MEMBER", 0x7f3)],
  }),
  "modify admin": (before) => ({
    name: "change",
    before,
    after: [...before.slice(0, 3), adminValue(101, OUTSIDER, 0x000)],
  }),
  "read restricted value": () => ({ name: "read" }),
  "remove admin": (before) => ({
    name: "change",
    before,
    after: before.filter((value) => value.index !== 100),
  }),
  "replace record": (before) => ({ name: "change", before, after: [changed(1), changed(6)] }),
  "delete handle": () => ({ name: "delete" }),
};

// 06-permissions, exchanges 5 to 74: bits 0 to 6, nine operations each; all other answers were 403 with code 400.
describe("recorded, bit by bit", () => {
  const recorded: Readonly<Record<number, readonly string[]>> = {
    0: [],
    1: ["delete handle"],
    2: [],
    3: [],
    4: ["modify value"],
    5: ["remove value"],
    6: ["add value"],
  };

  it.each([0, 1, 2, 3, 4, 5, 6])("bit %d", async (bit) => {
    const record = onlyBit(bit);
    const read = reader({ ...SEED, "TEST/ONLY": record });
    const allowed: string[] = [];
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      const answer = await authorise(reference(OUTSIDER), operation(record), "TEST/only", read, RULES);
      if (answer.allowed) allowed.push(name);
    }
    expect(allowed).toEqual(recorded[bit]);
  });
});
