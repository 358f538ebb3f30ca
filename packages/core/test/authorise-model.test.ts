import {
  type AdminPermission,
  type Authorisation,
  authorise,
  type Operation,
  type StoredValue,
  type ValueReference,
} from "@handlekit/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { reader } from "./records.ts";
import { adminValue, hex, listValue, reference, storedValue } from "./support.ts";

/*
 * The rules of handle-authentication.md, sections 1, 8 and 9, once more and as naively as possible: values are plain
 * descriptions (bytes are made of them only for core), permissions are names, lists are expanded until nothing is new.
 */

const NAMES = [
  "addHandle",
  "deleteHandle",
  "addDerivedPrefix",
  "deleteDerivedPrefix",
  "modifyValue",
  "removeValue",
  "addValue",
  "modifyAdmin",
  "removeAdmin",
  "addAdmin",
  "readValue",
  "listHandles",
] as const satisfies readonly AdminPermission[];

/** One value as the model sees it. */
type ModelValue = { readonly index: number } & (
  | { readonly kind: "admin"; readonly owner: string; readonly permissions: readonly AdminPermission[] }
  | { readonly kind: "list"; readonly entries: readonly string[] }
  | { readonly kind: "broken admin" | "broken list" }
  | { readonly kind: "plain"; readonly text: string; readonly open: boolean }
);
type Model = Readonly<Record<string, readonly ModelValue[] | undefined>>;

function stored(value: ModelValue): StoredValue {
  switch (value.kind) {
    case "admin":
      return adminValue(
        value.index,
        value.owner,
        value.permissions.reduce((bits, name) => bits | (1 << NAMES.indexOf(name)), 0),
      );
    case "list":
      return listValue(value.index, value.entries);
    case "broken admin":
      return storedValue(value.index, { type: "HS_ADMIN", data: hex("0fff 00000003 612f") });
    case "broken list":
      return storedValue(value.index, { type: "HS_VLIST", data: hex("00000002 00000003 612f62 00000001") });
    case "plain":
      return storedValue(value.index, {
        data: new Uint8Array(Buffer.from(value.text)),
        permissions: value.open ? 0b1111 : 0b1110,
      });
  }
}

function recordOf(model: Model, handle: string): readonly ModelValue[] | undefined {
  const name = Object.keys(model).find((one) => one.toUpperCase() === handle.toUpperCase());
  return name === undefined ? undefined : model[name];
}

function names(owner: string, identity: string): boolean {
  const [ownerIndex, ownerHandle = ""] = owner.split(":");
  const [index, handle = ""] = identity.split(":");
  const [ownerPrefix = "", ownerSuffix] = ownerHandle.split("/");
  const [prefix = "", suffix] = handle.split("/");
  return (
    ownerPrefix.toUpperCase() === prefix.toUpperCase() &&
    ownerSuffix === suffix &&
    (ownerIndex === "0" || ownerIndex === index)
  );
}

/** Every reference that an owner leads to, by adding the entries of lists until nothing is new. */
function reachable(model: Model, owner: string): readonly string[] {
  const found = new Set([owner]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const one of [...found]) {
      const [index, handle = ""] = one.split(":");
      if (index === "0") continue;
      const list = recordOf(model, handle)?.find((value) => String(value.index) === index);
      if (list?.kind === "list") for (const entry of list.entries) found.add(entry);
    }
  }
  return [...found];
}

const isAdmin = (value: ModelValue) => value.kind === "admin" || value.kind === "broken admin";

function neededForChange(before: readonly ModelValue[], after: readonly ModelValue[]): AdminPermission[] {
  const needed = new Set<AdminPermission>();
  for (let index = 0; index < 10; index++) {
    const old = before.find((value) => value.index === index);
    const next = after.find((value) => value.index === index);
    if (JSON.stringify(old) === JSON.stringify(next)) continue;
    if (old === undefined && next !== undefined) needed.add(isAdmin(next) ? "addAdmin" : "addValue");
    if (old !== undefined && next === undefined) needed.add(isAdmin(old) ? "removeAdmin" : "removeValue");
    if (old === undefined || next === undefined) continue;
    if (isAdmin(old) && isAdmin(next)) needed.add("modifyAdmin");
    if (isAdmin(old) && !isAdmin(next))
      for (const name of ["removeAdmin", "modifyValue"] as const) needed.add(name);
    if (!isAdmin(old) && isAdmin(next))
      for (const name of ["modifyValue", "addAdmin"] as const) needed.add(name);
    const open = old.kind === "plain" && old.open && !/list$/.test(next.kind);
    if (!isAdmin(old) && !isAdmin(next) && !open) needed.add("modifyValue");
  }
  return NAMES.filter((name) => needed.has(name));
}

interface Case {
  readonly model: Model;
  readonly identity: string | undefined;
  readonly operation: "create" | "delete" | "read" | "list" | "change";
  readonly handle: string;
  readonly before: readonly ModelValue[];
  readonly after: readonly ModelValue[];
  readonly serverAdmins: readonly string[];
  readonly serverAdminFullAccess: boolean;
  readonly allowNaAdmins: boolean;
}

function neededFor(one: Case): { readonly governedBy: string; readonly needed: readonly AdminPermission[] } {
  const [prefix = "", suffix = ""] = one.handle.split("/");
  const ofPrefix = prefix.toUpperCase() === "0.NA";
  switch (one.operation) {
    case "create":
      return ofPrefix && suffix.includes(".")
        ? {
            governedBy: `${prefix}/${suffix.split(".").slice(0, -1).join(".")}`,
            needed: ["addDerivedPrefix"],
          }
        : { governedBy: `0.NA/${prefix}`, needed: ["addHandle"] };
    case "list":
      return { governedBy: ofPrefix ? one.handle : `0.NA/${prefix}`, needed: ["listHandles"] };
    case "delete":
      return { governedBy: one.handle, needed: ["deleteHandle"] };
    case "read":
      return { governedBy: one.handle, needed: ["readValue"] };
    case "change":
      return { governedBy: one.handle, needed: neededForChange(one.before, one.after) };
  }
}

function expected(one: Case): Authorisation["reason"] {
  const { identity } = one;
  if (identity === undefined) return "anonymous";
  const { governedBy, needed } = neededFor(one);
  if (needed.length === 0) return "nothing_needed";
  if (one.serverAdminFullAccess && one.serverAdmins.some((owner) => names(owner, identity)))
    return "server_admin";
  if ((one.operation === "create" || one.operation === "list") && !one.allowNaAdmins)
    return "prefix_admins_ignored";
  const record = recordOf(one.model, governedBy);
  if (record === undefined) return "no_record";
  const admins = record.flatMap((value) => (value.kind === "admin" ? [value] : []));
  if (admins.length === 0) return "no_admin";
  const his = admins.filter(({ owner }) =>
    reachable(one.model, owner).some((entry) => names(entry, identity)),
  );
  if (his.length === 0) return "not_listed";
  const enough = his.some(({ permissions }) => needed.every((name) => permissions.includes(name)));
  return enough ? "granted" : "permission_missing";
}

const HANDLES = ["0.NA/0.NA", "0.NA/T", "0.NA/T.U", "T/a", "T/b"];
const spelling = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HANDLES) },
  { weight: 1, arbitrary: fc.constantFrom("t/a", "T/A", "0.na/T", "0.NA/t", "T/none") },
);

// Mostly HS_ADMIN values at index 1 and lists at index 2, owners that are lists and identities that are not, so that
// paths grow long.
const referenceAt = (...indexes: readonly number[]) =>
  fc.tuple(fc.constantFrom(...indexes), spelling).map(([index, handle]) => `${index}:${handle}`);
const owner = referenceAt(0, 1, 2, 2, 2, 2, 2);
const identity = referenceAt(0, 1, 1, 1, 1, 2);
const permissions = fc.oneof(fc.constant([...NAMES]), fc.subarray([...NAMES]));
const admin = fc.record({ kind: fc.constant("admin" as const), owner, permissions });
const list = fc.record({
  kind: fc.constant("list" as const),
  entries: fc.array(owner, { maxLength: 4, size: "max" }),
});
const other = fc.oneof(
  fc.record({ kind: fc.constantFrom("broken admin" as const, "broken list" as const) }),
  fc.record({ kind: fc.constant("plain" as const), text: fc.constantFrom("x", "y"), open: fc.boolean() }),
);
const at = (index: number, ...contents: readonly fc.Arbitrary<Omit<ModelValue, "index">>[]) =>
  fc.option(
    fc.oneof(...contents).map((content) => ({ index, ...content }) as ModelValue),
    {
      nil: undefined,
      freq: 6,
    },
  );
const record: fc.Arbitrary<readonly ModelValue[]> = fc
  .tuple(
    at(1, admin, admin, admin, admin, admin, admin, other),
    at(2, list, list, list, list, list, list, admin, other),
    at(3, admin, list, other),
  )
  .map((values) => values.filter((value) => value !== undefined));

const model: fc.Arbitrary<Model> = fc
  .tuple(...HANDLES.map(() => fc.option(record, { nil: undefined, freq: 10 })))
  .map((records) => Object.fromEntries(HANDLES.map((handle, i) => [handle, records[i]])));

/** The next state of a record: an unrelated one, or the same except for some of its values. */
const afterwards = (before: readonly ModelValue[]) =>
  fc.oneof(
    record,
    fc.subarray([...before]),
    record.map((others) => [
      ...before.slice(0, 2),
      ...others.filter(({ index }) => !before.slice(0, 2).some((kept) => kept.index === index)),
    ]),
  );

const anyCase: fc.Arbitrary<Case> = fc
  .tuple(model, fc.constantFrom(...HANDLES, "t/A", "0.na/t.u", "T/none"))
  .chain(([records, handle]) => {
    const before = recordOf(records, handle) ?? [];
    return fc.record({
      model: fc.constant(records),
      identity: fc.option(identity, { nil: undefined, freq: 30 }),
      operation: fc.constantFrom("create", "delete", "read", "list", "change", "change"),
      handle: fc.constant(handle),
      before: fc.constant(before),
      after: afterwards(before),
      serverAdmins: fc.array(fc.oneof(owner, identity), { maxLength: 2 }),
      serverAdminFullAccess: fc.boolean(),
      allowNaAdmins: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    });
  });

function operationOf(one: Case): Operation {
  if (one.operation !== "change") return { name: one.operation };
  return { name: "change", before: one.before.map(stored), after: one.after.map(stored) };
}

/** Each step of a path must stand in the list before it, and its end must name the identity. */
function expectPath(one: Case, path: readonly ValueReference[], identity: string): void {
  const written = path.map(({ index, handle }) => `${index}:${handle}`);
  for (const [i, step] of written.slice(1).entries()) {
    const [index, handle = ""] = (written[i] ?? "").split(":");
    const list = recordOf(one.model, handle)?.find((value) => String(value.index) === index);
    expect(list).toMatchObject({ kind: "list", entries: expect.arrayContaining([step]) });
  }
  expect(names(written.at(-1) ?? "", identity)).toBe(true);
}

it("authorise answers as the model does", async () => {
  const reasons = new Map<string, number>();
  const depths = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(anyCase, async (one) => {
      const entries = Object.entries(one.model).flatMap(([handle, values]) =>
        values === undefined ? [] : [[handle, values.map(stored)] as const],
      );
      const answer = await authorise(
        one.identity === undefined ? undefined : reference(one.identity),
        operationOf(one),
        one.handle,
        reader(Object.fromEntries(entries)),
        {
          serverAdmins: one.serverAdmins.map(reference),
          serverAdminFullAccess: one.serverAdminFullAccess,
          allowNaAdmins: one.allowNaAdmins,
        },
      );
      const reason = expected(one);
      const allowed = ["granted", "server_admin", "nothing_needed"].includes(reason);
      expect(answer).toMatchObject({ allowed, reason, ...neededFor(one) });
      for (const check of answer.checks) {
        if (check.path.length > 0 && one.identity !== undefined) {
          expect(check.path[0]).toEqual(check.owner);
          expectPath(one, check.path, one.identity);
        }
        depths.set(check.path.length, (depths.get(check.path.length) ?? 0) + 1);
      }
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }),
    { numRuns: 4000 },
  );
  expect([...reasons.keys()].sort()).toEqual(
    [
      "anonymous",
      "granted",
      "no_admin",
      "no_record",
      "not_listed",
      "nothing_needed",
      "permission_missing",
      "prefix_admins_ignored",
      "server_admin",
    ].sort(),
  );
  for (const depth of [0, 1, 2, 3]) expect(depths.get(depth) ?? 0).toBeGreaterThan(5);
});
