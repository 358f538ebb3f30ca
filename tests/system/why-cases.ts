import type { HandleClient } from "@handlekit/client";
import type { HandleValueInput } from "@handlekit/core";
import { admin, list, url } from "../support/handle-values.ts";

/** A fault in the rights of the user 300:P/USER, where P is a prefix of its own. */
export interface WhyCase {
  readonly name: string;
  /** The records, besides that of the user. */
  readonly records: Readonly<Record<string, readonly HandleValueInput[]>>;
  /** What `hdl why` is asked after the identity. */
  readonly ask: readonly string[];
  readonly reason: string;
  /** The kind of the one change, and the record and index that it names. */
  readonly change: readonly [kind: string, handle: string, index: number];
  /** Text that the notes or what was not read must have. */
  readonly note?: string;
  /** The same operation, by the user. */
  act(client: HandleClient): Promise<unknown>;
}

const ALL = "111111111111";
const lacks = (...digits: readonly number[]) =>
  [...ALL].map((bit, i) => (digits.includes(12 - i) ? "0" : bit)).join("");

/** Returns the cases for a prefix. Permissions are counted from the right: 1 is add handle, 12 list handles. */
export function whyCases(P: string): readonly WhyCase[] {
  const user = `300:${P}/USER`;
  const other = `300:${P}/OTHER`;
  const na = `0.NA/${P}`;
  const a = `${P}/a`;
  const create = { ask: [`${P}/new`, "create"], act: (c: HandleClient) => c.create(`${P}/new`, [url(1)]) };
  const prefixList = ["add_to_list", na, 200] as const;
  const owned = (permissions: string) => ({ [a]: [url(1), admin(100, user, permissions)] });
  return [
    {
      name: "create: the list of the prefix does not name the user",
      records: { [na]: [admin(100, `200:${na}`), list(200, other)] },
      ...create,
      reason: "not_listed",
      change: prefixList,
    },
    {
      name: "create: neither does a list in that list",
      records: {
        [na]: [admin(100, `200:${na}`), list(200, `200:${P}/GROUP`)],
        [`${P}/GROUP`]: [list(200, other), admin(100, user)],
      },
      ...create,
      reason: "not_listed",
      change: prefixList,
    },
    {
      name: "create: the lists are a cycle",
      records: {
        [na]: [admin(100, `200:${na}`), list(200, `200:${P}/GROUP`)],
        [`${P}/GROUP`]: [list(200, `200:${na}`), admin(100, user)],
      },
      ...create,
      reason: "not_listed",
      change: prefixList,
    },
    {
      name: "create: the list names another key of the user",
      records: { [na]: [admin(100, `200:${na}`), list(200, `301:${P}/USER`)] },
      ...create,
      reason: "not_listed",
      change: prefixList,
      note: `301:${P}/USER is named: the same handle with another index`,
    },
    {
      name: "create: the list names the user in another case",
      records: { [na]: [admin(100, `200:${na}`), list(200, `300:${P}/user`)] },
      ...create,
      reason: "not_listed",
      change: prefixList,
      note: "the case of a suffix counts",
    },
    {
      name: "create: the prefix has one administrator, and no list",
      records: { [na]: [admin(100, other)] },
      ...create,
      reason: "not_listed",
      change: ["add_admin", na, 101],
    },
    {
      name: "create: the list does not exist",
      records: { [na]: [admin(100, `200:${na}`)] },
      ...create,
      reason: "not_listed",
      change: ["add_admin", na, 101],
    },
    {
      name: "create: the value is not a list",
      records: { [na]: [admin(100, `200:${na}`), url(200)] },
      ...create,
      reason: "not_listed",
      change: ["add_admin", na, 101],
    },
    {
      name: "create: the list is on another server",
      records: { [na]: [admin(100, "200:20.500.99999/GROUP")] },
      ...create,
      reason: "not_listed",
      change: ["add_admin", na, 101],
      note: "is on another server",
    },
    {
      name: "create: the user has everything but add handle",
      records: { [na]: [admin(100, user, lacks(1))] },
      ...create,
      reason: "permission_missing",
      change: ["add_permissions", na, 100],
    },
    {
      name: "create: the list that names the user lacks add handle, another has it",
      records: { [na]: [admin(100, other), admin(101, `200:${na}`, lacks(1)), list(200, user)] },
      ...create,
      reason: "permission_missing",
      change: ["add_permissions", na, 101],
    },
    {
      name: "create: the prefix has no record",
      records: {},
      ...create,
      reason: "no_record",
      change: ["create_record", na, 100],
    },
    {
      name: "list: list handles is missing",
      records: { [na]: [admin(100, user, lacks(12))] },
      ask: [`${P}/any`, "list"],
      act: async (client) => {
        for await (const _ of client.list(P)) return;
      },
      reason: "permission_missing",
      change: ["add_permissions", na, 100],
    },
    {
      name: "delete: delete handle is missing",
      records: owned(lacks(2)),
      ask: [a, "delete"],
      act: (client) => client.delete(a),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
    {
      name: "delete: the record belongs to others, although the prefix is the user's",
      records: { [na]: [admin(100, user)], [a]: [url(1), admin(100, other)] },
      ask: [a, "delete"],
      act: (client) => client.delete(a),
      reason: "not_listed",
      change: ["add_admin", a, 101],
    },
    {
      name: "change: modify value is missing",
      records: owned(lacks(5)),
      ask: [a, "change", "URL=https://example.org/b"],
      act: (client) => client.modify(a, { URL: "https://example.org/b" }),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
    {
      name: "change: add value is missing",
      records: owned(lacks(7)),
      ask: [a, "change", "7:EMAIL=someone@example.org"],
      act: (client) => client.modify(a, [{ index: 7, type: "EMAIL", data: "someone@example.org" }]),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
    {
      name: "change: remove value is missing",
      records: owned(lacks(6)),
      ask: [a, "change", "--remove", "1"],
      act: (client) => client.deleteValues(a, [1]),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
    {
      name: "change: add administrator is missing",
      records: owned(lacks(10)),
      ask: [a, "change", JSON.stringify([admin(101, other)])],
      act: (client) => client.modify(a, [admin(101, other)]),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
    {
      name: "change: what is needed is spread over two HS_ADMIN values",
      records: { [a]: [url(1), admin(100, user, lacks(6)), admin(101, user, lacks(9)), admin(102, other)] },
      ask: [a, "change", "--remove", "1", "--remove", "102"],
      act: (client) => client.deleteValues(a, [1, 102]),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
    {
      name: "change: the record has no HS_ADMIN",
      records: { [a]: [url(1)] },
      ask: [a, "change", "1:URL=https://example.org/b"],
      act: (client) => client.modify(a, [{ index: 1, type: "URL", data: "https://example.org/b" }]),
      reason: "no_admin",
      change: ["add_admin", a, 100],
      note: `Only the public values of ${a} were seen.`,
    },
    {
      name: "read: read value is missing",
      records: { [a]: [{ ...url(1), permissions: "1100" }, admin(100, user, lacks(11))] },
      ask: [a, "read"],
      act: (client) => client.read(a, { authenticated: true }),
      reason: "permission_missing",
      change: ["add_permissions", a, 100],
    },
  ];
}
