import { type ArdcClient, createArdcClient } from "@handlekit/ardc";
import { createMemoryJournal } from "@handlekit/core/journal";
import { describe, expect, it } from "vitest";
import { ACCOUNT, CANARY, CREDENTIALS, errorOf } from "./support.ts";

const url = "https://demo.example/pids";
const handle = "10378.1/2";
const journal = createMemoryJournal();

/** The argument that an error names, and the arguments of a call. */
type Case = readonly [named: string, ...given: readonly unknown[]];

/** The options that each call rejects, after its valid arguments. */
const badOptions = (...valid: readonly unknown[]): readonly Case[] => [
  ["its options argument", ...valid, null],
  ["its options argument", ...valid, CANARY],
  ["the option signal", ...valid, { signal: CANARY }],
  ["the option signal", ...valid, { signal: new AbortController() }],
];

/** The values that are rejected in the place of a string, each after the valid arguments before it. */
const notStrings = (named: string, ...valid: readonly unknown[]): readonly Case[] =>
  [undefined, null, 5, { [CANARY]: 1 }].map((value) => [named, ...valid, value]);

const notNumbers = (named: string, ...valid: readonly unknown[]): readonly Case[] =>
  [undefined, null, CANARY, Number.NaN].map((value) => [named, ...valid, value]);

const once = { key: "a", journal, url: "https://example.org/" };
const CASES: Readonly<Record<Exclude<keyof ArdcClient, "url" | "close">, readonly Case[]>> = {
  mint: [
    ...badOptions(),
    ["the option url", { url: 5 }],
    ["the option desc", { desc: [CANARY] }],
    ["the option index", { desc: "x", index: CANARY }],
    ["neither url nor desc", { URL: "https://example.org/" }],
    ["neither url nor desc", { type: "URL", value: "https://example.org/" }],
  ],
  mintOnce: [
    ...badOptions().map(
      ([named, options]): Case =>
        typeof options === "object" && options !== null ? [named, { ...once, ...options }] : [named, options],
    ),
    ["its options argument"],
    ["the option key", { journal, url: once.url }],
    ["the option key", { ...once, key: 5 }],
    ["the option journal", { key: "a", url: once.url }],
    ["the option journal", { ...once, journal: `${CANARY}.journal` }],
    ["the method entries of the option journal", { ...once, journal: Promise.resolve(journal) }],
    ["the method append of the option journal", { ...once, journal: { entries: journal.entries } }],
    ["the option url", { ...once, url: 5 }],
    ["the option desc", { ...once, desc: 5 }],
    ["the option index", { ...once, index: CANARY }],
    ["the option settleMs", { ...once, settleMs: CANARY }],
    ["the option settleMs", { ...once, settleMs: -1 }],
  ],
  mintSelfDescribing: [...notStrings("template"), ...badOptions("https://example.org/{handle}")],
  addValue: [
    ...notStrings("handle"),
    ...notStrings("type", handle),
    ...notStrings("value", handle, "DESC"),
    ...badOptions(handle, "DESC", "x"),
  ],
  addValueByIndex: [
    ...notStrings("handle"),
    ...notNumbers("index", handle).map((one): Case => [...one, "DESC", "x"]),
    ...notStrings("type", handle, 1),
    ...notStrings("value", handle, 1, "DESC"),
    ...badOptions(handle, 1, "DESC", "x"),
    ["index", handle, "2", "DESC", "x"],
  ],
  modifyValueByIndex: [
    ...notStrings("handle"),
    ...notNumbers("index", handle).map((one): Case => [...one, "x"]),
    ...notStrings("value", handle, 1),
    ...badOptions(handle, 1, "x"),
    ["index", handle, "x", 1],
  ],
  deleteValueByIndex: [
    ...notStrings("handle"),
    ...notNumbers("index", handle),
    ...badOptions(handle, 1),
    ["handle", 1, handle],
  ],
  getHandle: [...notStrings("handle"), ...badOptions(handle)],
  getHandlesByValue: [...notStrings("value"), ...badOptions("x")],
  listHandles: [...badOptions(), ["the option after", { after: 5 }]],
  getOwnerHandle: [...badOptions()],
};

describe("the methods of a client", () => {
  const sent: string[] = [];
  const client = createArdcClient(CREDENTIALS, {
    url,
    transport: {
      send: async (request) => {
        sent.push(request.url);
        return { status: 200, headers: {} };
      },
      close: async () => {},
    },
  });

  it("are all in the table", () => {
    const methods = Object.entries(client).flatMap(([name, member]) =>
      typeof member === "function" && name !== "close" ? [name] : [],
    );
    expect(Object.keys(CASES).sort()).toEqual(methods.sort());
  });

  const rows = Object.entries(CASES).flatMap(([name, cases]) =>
    cases.map(([named, ...given], number) => ({
      name: name as keyof typeof CASES,
      named,
      given,
      number,
    })),
  );
  it.each(rows)("$name names $named ($number)", async ({ name, named, given }) => {
    const error = await errorOf((async () => await Reflect.apply(client[name], undefined, given))());
    expect(error.code).toBe("invalid_options");
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.message).toContain(named);
    expect(sent).toEqual([]);
  });

  it("reject a type that the service does not know", async () => {
    const error = await errorOf(client.addValue(handle, "EMAIL" as "URL", "x"));
    expect([error.code, error.message]).toEqual([
      "invalid_value",
      'The service knows the types URL and DESC, not "EMAIL".',
    ]);
  });
});

describe("createArdcClient", () => {
  const account = (changes: Readonly<Record<string, unknown>>) => ({ ardc: { ...ACCOUNT, ...changes } });
  it.each<Case>([
    ["credentials is missing"],
    ["credentials is a string", "credentials.json", { url }],
    ["credentials is null", null, { url }],
    ["credentials.appId", ACCOUNT, { url }],
    ["its options argument is missing", CREDENTIALS],
    ["its options argument is missing", { url, credentials: ACCOUNT }],
    ["its options argument is a string", CREDENTIALS, url],
    ["the option url is missing", CREDENTIALS, {}],
    ["the option url is missing", { url }, CREDENTIALS],
    ["the option url is an object", CREDENTIALS, { url: new URL(url) }],
    ["the option strategy", {}, { url, strategy: CANARY }],
    ["the method authenticate of the option strategy", {}, { url, strategy: ACCOUNT }],
    ["the option transport", {}, { url, transport: fetch }],
    ["timeouts of the option transport", {}, { url, transport: { timeouts: 5 } }],
    ["the option now", {}, { url, now: 5 }],
    ["the option wait", {}, { url, wait: 5 }],
    ["credentials.ardc is a string", { ardc: CANARY }, { url }],
    ["credentials.ardc.appId", account({ appId: 5 }), { url }],
    ["credentials.ardc.identifier", account({ identifier: {} }), { url }],
    ["credentials.ardc.authDomain", account({ authDomain: null }), { url }],
    ["credentials.ardc.sharedSecret", account({ sharedSecret: new Uint8Array(2) }), { url }],
    ["the method reveal of credentials.ardc.sharedSecret", account({ sharedSecret: {} }), { url }],
    ["credentials.httpsVerify", { httpsVerify: CANARY }, { url }],
    ["credentials.trust", { trust: CANARY }, { url }],
    ["credentials.httpsVerify.ca", { httpsVerify: { caFile: CANARY } }, { url }],
  ])("says that %s", async (named, ...given) => {
    const error = await errorOf((async () => Reflect.apply(createArdcClient, undefined, given))());
    expect(error.code).toBe("invalid_options");
    expect(error.message).toContain(`createArdcClient: ${named}`);
  });
});
