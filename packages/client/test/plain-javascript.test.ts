// What plain JavaScript may get wrong: each public function and method answers in words, names the argument, sends
// nothing and shows no value.
import { inspect } from "node:util";
import * as entry from "@handlekit/client";
import * as b2handle from "@handlekit/client/b2handle";
import { isHandleError, secret } from "@handlekit/core";
import type { Credentials } from "@handlekit/credentials";
import type { Transport } from "@handlekit/transport";
import { describe, expect, it } from "vitest";

const SERVER = "https://h.example:8000";
const requests: string[] = [];
const transport: Transport = {
  async send({ method, url }) {
    requests.push(`${method} ${url}`);
    throw new Error("Nothing should be sent.");
  },
  close: async () => {},
};
const identity = { index: 300, handle: "a/USER" };
const login = { kind: "password", identity, password: secret("S3CR3T") } as const;
const reverseLookup = { baseUrl: SERVER, username: "300:a/USER", password: secret("S3CR3T") };
const credentials = { server: SERVER, login, reverseLookup };

type Loose = (...given: unknown[]) => unknown;
type Row = readonly [name: string, argument: string, given: readonly unknown[]];

const WRONG = { S3CR3T: "S3CR3T" };
const H = "a/b";
const VALUES = { URL: "u" };
const NO_ABORT_SIGNAL = { signal: new AbortController() };
const record = { responseCode: 1, handle: H, values: [] };

/** The functions of the entry and the methods of a client. */
const CLIENT: readonly Row[] = [
  ["createClient", "credentials", []],
  ["createClient", "loadCredentials", ["credentials.json"]],
  ["createClient", "credentials", [null]],
  ["createClient", "credentials", [[credentials]]],
  ["createClient", "credentials is a promise", [Promise.resolve(credentials)]],
  ["createClient", "handle_server_url", [{ handle_server_url: SERVER, password: "S3CR3T" }]],
  ["createClient", "credentials", [{ credentials }]],
  ["createClient", "credentials", [new Map([["server", SERVER]])]],
  ["createClient", "server", [{ server: WRONG }]],
  ["createClient", "login", [{ server: SERVER, login: "S3CR3T" }]],
  ["createClient", "trust", [{ trust: "S3CR3T" }]],
  ["createClient", "httpsVerify", [{ httpsVerify: "S3CR3T" }]],
  ["createClient", "handleOwner", [{ handleOwner: "S3CR3T" }]],
  ["createClient", "clientConfig", [{ clientConfig: "S3CR3T" }]],
  ["createClient", "reverseLookup", [{ reverseLookup: "S3CR3T" }]],
  ["createClient", "options", [{}, null]],
  ["createClient", "options", [{}, "S3CR3T"]],
  ["createClient", "strategy", [{ server: SERVER }, { strategy: "S3CR3T" }]],
  ["createClient", "strategy", [{ server: SERVER }, { strategy: WRONG }]],
  ["createClient", "transport", [{}, { transport: "S3CR3T" }]],
  ["createClient", "owner", [{}, { owner: 300 }]],
  ["createClient", "owner", [{}, { owner: { handle: 5, index: 300 } }]],
  ["createClient", "owner", [{}, { owner: { handle: H } }]],
  ["createClient", "permissions", [{}, { permissions: 11111111111 }]],
  ["createClient", "modifyAdmin", [{}, { modifyAdmin: "false" }]],
  ["createClient", "restApiUrlExtension", [{}, { restApiUrlExtension: 1 }]],
  ["createClient", "locChooseBy", [{}, { locChooseBy: ["S3CR3T"] }]],
  ["createClient", "allowedSearchKeys", [{}, { allowedSearchKeys: "URL" }]],
  ["createClient", "allowedSearchKeys[1]", [{}, { allowedSearchKeys: ["URL", 5] }]],
  ["createClient", "search", [{}, { search: "S3CR3T" }]],
  ["createClient", "password", [{}, { search: { password: 5 } }]],
  ["digestOf", "values", []],
  ["digestOf", "values", [{ values: [] }]],
  ["noidCheckCharacter", "text", [5]],
  ["suffixPattern", "pattern", []],
  ["suffixPattern", "prefix", ["{uuid7}", {}]],
  ["uuid7", "now", ["S3CR3T"]],
  ["uuid7", "now", [Number.NaN]],
  ["uuid7", "now", [-1]],
  ...[
    "read",
    "readText",
    "readValue",
    "create",
    "modify",
    "deleteValues",
    "delete",
    "history",
    "restore",
  ].flatMap((name): Row[] => [
    [name, "handle", []],
    [name, "handle", [5, VALUES]],
  ]),
  ["read", "options", [H, null]],
  ["read", "options", [H, "URL"]],
  ["read", "indexes", [H, { indexes: 1 }]],
  ["read", "indexes[0]", [H, { indexes: ["1"] }]],
  ["read", "types", [H, { types: "URL" }]],
  ["read", "types[1]", [H, { types: ["URL", 1] }]],
  ["read", "authenticated", [H, { authenticated: "false" }]],
  ["read", "authoritative", [H, { authoritative: 1 }]],
  ["read", "publicOnly", [H, { publicOnly: "no" }]],
  ["read", "signal", [H, NO_ABORT_SIGNAL]],
  ["readText", "which", [H]],
  ["readText", "which", [H, { type: "URL" }]],
  ["readText", "options", [H, "URL", true]],
  ["readValue", "which", [H, ["URL"]]],
  ["readValue", "options", [H, "URL", null]],
  ["readValue", "signal", [H, "URL", NO_ABORT_SIGNAL]],
  ["readMany", "handles", []],
  ["readMany", "handles", ["a/b"]],
  ["readMany", "handles", [{ handles: [H] }]],
  ["readMany", "handles", [function* () {}]],
  ["readMany", "types", [[H], { types: "URL" }]],
  ["create", "values", [H]],
  ["create", "values", [H, "URL=S3CR3T"]],
  ["create", "values", [H, new Map([["URL", "S3CR3T"]])]],
  ["create", "values is a promise", [H, Promise.resolve(VALUES)]],
  ["create", "values[0]", [H, [null]]],
  ["create", "values[0].type", [H, [{ data: "S3CR3T" }]]],
  [
    "create",
    "values[1].index",
    [
      H,
      [
        { type: "A", data: "a" },
        { type: "B", data: "b", index: "2" },
      ],
    ],
  ],
  ["create", "overwrite", [H, VALUES, { overwrite: "false" }]],
  ["create", "options", [H, VALUES, true]],
  ["create", "dryRun", [H, VALUES, { dryRun: 1 }]],
  ["create", "ifUnchanged", [H, VALUES, { ifUnchanged: "0".repeat(64) }]],
  ["create", "signal", [H, VALUES, NO_ABORT_SIGNAL]],
  ["mint", "prefix", []],
  ["mint", "values", ["a"]],
  ["mint", "suffix", ["a", VALUES, { suffix: "uuid1" }]],
  ["mint", "suffix", ["a", VALUES, { suffix: 5 }]],
  ["mint", "suffixStart", ["a", VALUES, { suffixStart: 5 }]],
  ["mint", "dryRun", ["a", VALUES, { dryRun: true }]],
  ["mint", "options", ["a", VALUES, "uuid7"]],
  ["modify", "values", [H]],
  ["modify", "values", [H, {}]],
  ["modify", "values[0]", [H, ["URL"]]],
  ["modify", "ttl", [H, VALUES, { ttl: "60" }]],
  ["modify", "add", [H, VALUES, { add: "no" }]],
  ["modify", "ifUnchanged", [H, VALUES, { ifUnchanged: [] }]],
  ["modify", "options", [H, VALUES, 60]],
  ["deleteValues", "which", [H]],
  ["deleteValues", "which", [H, "URL"]],
  ["deleteValues", "which", [H, []]],
  ["deleteValues", "which[1]", [H, ["URL", null]]],
  ["deleteValues", "ignoreMissing", [H, ["URL"], { ignoreMissing: "no" }]],
  ["delete", "dryRun", [H, { dryRun: "true" }]],
  ["delete", "options", [H, ["URL"]]],
  ["history", "before", [H, { before: "1" }]],
  ["history", "before", [H, { before: 0 }]],
  ["history", "pageSize", [H, { pageSize: 1001 }]],
  ["history", "options", [H, 5]],
  ["restore", "number", [H]],
  ["restore", "number", [H, "1"]],
  ["restore", "number", [H, 0]],
  ["restore", "state", [H, 1, { state: "later" }]],
  ["restore", "dryRun", [H, 1, { dryRun: 1 }]],
  ["restore", "options", [H, 1, "before"]],
  ["list", "prefix", []],
  ["list", "prefix", [{ prefix: "a" }]],
  ["list", "pageSize", ["a", { pageSize: "10" }]],
  ["list", "pageSize", ["a", { pageSize: 0 }]],
  ["list", "options", ["a", 10]],
  ["count", "prefix", []],
  ["count", "options", ["a", 10]],
  ["search", "terms", []],
  ["search", "terms", [{}]],
  ["search", "terms", ["http://x"]],
  ["search", "URL", [{ URL: WRONG }]],
  ["search", "prefix", [VALUES, { prefix: 5 }]],
  ["search", "pageSize", [VALUES, { pageSize: 1.5 }]],
  ["search", "options", [VALUES, "a"]],
  ["bulk", "operations", []],
  ["bulk", "operations", ["create"]],
  ["bulk", "operations", [{ kind: "delete", handle: H }]],
  ["bulk", "concurrency", [[], { concurrency: "8" }]],
  ["bulk", "concurrency", [[], { concurrency: 0 }]],
  ["bulk", "onProgress", [[], { onProgress: "S3CR3T" }]],
  ["bulk", "journal", [[], { journal: "import.journal" }]],
  ["bulk", "journal", [[], { journal: Promise.resolve() }]],
  ["bulk", "dryRun", [[], { dryRun: true }]],
  ["bulk", "signal", [[], NO_ABORT_SIGNAL]],
  ...["read", "contains", "isEmpty", "add", "exchange", "remove", "repair", "merge"].map((name): Row => {
    return [`locations.${name}`, "handle", [undefined, "u", "v"]];
  }),
  ["locations.read", "options", [H, "u"]],
  ["locations.contains", "url", [H]],
  ["locations.isEmpty", "options", [H, "u"]],
  ["locations.add", "urls", [H]],
  ["locations.add", "urls[1]", [H, ["u", 5]]],
  ["locations.add", "attributes", [H, "u", "v"]],
  ["locations.add", "dryRun", [H, "u", { dryRun: true }]],
  ["locations.add", "options", [H, "u", {}, true]],
  ["locations.exchange", "oldUrl", [H, ["u"], "v"]],
  ["locations.exchange", "newUrl", [H, "u"]],
  ["locations.remove", "urls", [H, { u: true }]],
  ["locations.remove", "options", [H, "u", "v"]],
];

/** The functions of `client/b2handle` and the methods of its classes; `new X` is a constructor. */
const B2HANDLE: readonly Row[] = [
  ["checkHandleSyntax", "handle", []],
  ["checkHandleSyntax", "handle", [5]],
  ["checkHandleSyntaxWithIndex", "handleWithIndex", []],
  ["checkHandleSyntaxWithIndex", "handleWithIndex", [300]],
  ["removeIndexFromHandle", "handleWithIndex", []],
  ["createAuthenticationString", "username", []],
  ["createAuthenticationString", "password", ["300:a/USER"]],
  ["createAuthenticationString", "password", ["300:a/USER", WRONG]],
  ["new PIDClientCredentials", "credentials", []],
  ["new PIDClientCredentials", "credentials", ["credentials.json"]],
  ["new PIDClientCredentials", "username", [{ username: "300:a/USER", password: "S3CR3T" }]],
  ["PIDClientCredentials.loadFromJSON", "path", []],
  ["new EUDATHandleClient", "server", [5]],
  ["new EUDATHandleClient", "instantiateWithCredentials", [{ credentials }]],
  ["new EUDATHandleClient", "handle_server_url", [{ handle_server_url: SERVER, password: "S3CR3T" }]],
  ["new EUDATHandleClient", "server is missing", [null, { username: "300:a/USER", password: "S3CR3T" }]],
  ["new EUDATHandleClient", "options", [SERVER, "300:a/USER", "S3CR3T"]],
  ["new EUDATHandleClient", "httpsVerify", [SERVER, { HTTPS_verify: false }]],
  ["new EUDATHandleClient", "httpsVerify", [SERVER, { httpsVerify: "ca.pem" }]],
  ["new EUDATHandleClient", "locChooseby", [SERVER, { "10320LOC_chooseby": "country" }]],
  ["new EUDATHandleClient", "modifyHsAdmin", [SERVER, { modifyHsAdmin: "False" }]],
  ["new EUDATHandleClient", "allowedSearchKeys", [SERVER, { allowedSearchKeys: "URL" }]],
  ["EUDATHandleClient.instantiateForReadAccess", "server", [["S3CR3T"]]],
  ["EUDATHandleClient.instantiateForReadAndSearch", "reverselookupUsername", [SERVER]],
  ["EUDATHandleClient.instantiateForReadAndSearch", "reverselookupPassword", [SERVER, "300:a/b"]],
  ["EUDATHandleClient.instantiateForReadAndSearch", "handleServerUrl", [null, "300:a/b", "S3CR3T"]],
  ["EUDATHandleClient.instantiateWithUsernameAndPassword", "username", [SERVER]],
  ["EUDATHandleClient.instantiateWithUsernameAndPassword", "password", [SERVER, "300:a/USER"]],
  ["EUDATHandleClient.instantiateWithCredentials", "credentials", []],
  ["EUDATHandleClient.instantiateWithCredentials", "loadFromJSON", ["credentials.json"]],
  ["EUDATHandleClient.instantiateWithCredentials", "loadFromJSON", [Promise.resolve()]],
  ...[
    "retrieveHandleRecordJson",
    "retrieveHandleRecord",
    "getValueFromHandle",
    "registerHandle",
    "registerHandleKv",
    "registerHandleJson",
    "modifyHandleValue",
    "modifyOrAddHandleValue",
    "modifyHandleValueNotAdd",
    "addHandleValue",
    "deleteHandleValue",
    "deleteHandle",
    "is10320LOCEmpty",
    "isURLContainedIn10320LOC",
    "addAdditionalURL",
    "exchangeAdditionalURL",
    "removeAdditionalURL",
  ].flatMap((name): Row[] => [
    [name, "handle", []],
    [name, "handle", [5]],
  ]),
  ["retrieveHandleRecordJson", "too many arguments", [H, true]],
  ["retrieveHandleRecord", "handlerecordJson", [H, "S3CR3T"]],
  ["retrieveHandleRecord", "handlerecordJson.handle", [H, { values: [] }]],
  ["getValueFromHandle", "key", [H]],
  ["getValueFromHandle", "handlerecordJson.values", [H, "URL", { ...record, values: VALUES }]],
  ["getHandlerecordIndicesForKey", "key", []],
  ["getHandlerecordIndicesForKey", "listOfEntries", ["URL"]],
  ["getHandlerecordIndicesForKey", "listOfEntries", ["URL", record]],
  ["getHandlerecordIndicesForKey", "listOfEntries[0]", ["URL", [null]]],
  ["generatePIDName", "prefix", [5]],
  ["registerHandle", "location", [H]],
  ["registerHandle", "location", [H, { checksum: "c" }]],
  ["registerHandle", "checksum", [H, "u", true]],
  ["registerHandle", "additionalURLs", [H, "u", "c", "v"]],
  ["registerHandle", "additionalURLs[0]", [H, "u", "c", [5]]],
  ["registerHandle", "overwrite", [H, "u", "c", ["v"], "yes"]],
  ["registerHandle", "extratypes", [H, "u", "c", ["v"], true, "S3CR3T"]],
  ["registerHandle", "too many arguments", [H, "u", "c", ["v"], true, {}, 1]],
  ["registerHandle", "too many arguments", [H, "u", { checksum: "c" }, ["v"]]],
  ["registerHandle", "additionalURLs", [H, "u", { additional_URLs: ["v"] }]],
  ["registerHandle", "extratypes", [H, "u", { overwrite: true, FOO: "S3CR3T" }]],
  ["registerHandle", "extratypes[0]", [H, "u", { extratypes: [null] }]],
  ["registerHandle", "extratypes", [H, "u", { extratypes: new Map([["FOO", "S3CR3T"]]) }]],
  ["generateAndRegisterHandle", "prefix", []],
  ["generateAndRegisterHandle", "location", ["a"]],
  ["generateAndRegisterHandle", "checksum", ["a", "u", 5]],
  ["generateAndRegisterHandle", "overwrite", ["a", "u", { overwrite: true }]],
  ["registerHandleKv", "pairs", [H]],
  ["registerHandleKv", "overwrite", [H, true, VALUES]],
  ["registerHandleKv", "overwrite", [H, VALUES, { overwrite: "yes" }]],
  ["registerHandleJson", "listOfEntries", [H, VALUES]],
  ["registerHandleJson", "listOfEntries[0]", [H, [null]]],
  ["registerHandleJson", "overwrite", [H, [], { overwrite: 1 }]],
  ...["modifyHandleValue", "modifyOrAddHandleValue", "modifyHandleValueNotAdd", "addHandleValue"].flatMap(
    (name): Row[] => [
      [name, "pairs", [H]],
      [name, "{ ttl }", [H, 60, VALUES]],
      [name, "pairs", [H, new Map()]],
      [name, "ttl", [H, VALUES, { ttl: "60" }]],
      [name, "options", [H, VALUES, 60]],
      [name, "there is no option URL", [H, VALUES, { URL: "S3CR3T" }]],
    ],
  ),
  ["modifyHandleValue", "addIfNotExist", [H, VALUES, { add_if_not_exist: false }]],
  ["modifyHandleValue", "addIfNotExist", [H, VALUES, { addIfNotExist: "no" }]],
  ["modifyHandleValue", "pairs[0]", [H, [null]]],
  ["modifyOrAddHandleValue", "addIfNotExist", [H, VALUES, { addIfNotExist: false }]],
  ["addHandleValue", "pairs", [H, [{ type: "URL", data: "u" }]]],
  ["deleteHandleValue", "key", [H]],
  ["deleteHandleValue", "key[1]", [H, ["URL", 1]]],
  ["deleteHandleValue", "too many arguments", [H, "URL", "CHECKSUM"]],
  ["deleteHandle", "too many arguments", [H, "URL"]],
  ["searchHandle", "terms", []],
  ["searchHandle", "terms", [{ URL: null }]],
  ["searchHandle", "terms", [5]],
  ["searchHandle", "URL", [{ URL: ["u"] }]],
  ["searchHandle", "prefix", ["u", 5]],
  ["searchHandle", "terms", ["u", "a", "b"]],
  ["searchHandle", "too many arguments", ["u", "a", {}, "b"]],
  ["searchHandle", "options", [VALUES, "a"]],
  ["searchHandle", "CHECKSUM", [VALUES, { CHECKSUM: "c" }]],
  ["searchHandle", "prefix", [{ URL: "u", prefix: "a" }]],
  ["searchHandle", "limit", [VALUES, { limit: 0 }]],
  ["searchHandle", "page", [VALUES, { page: -1 }]],
  ["is10320LOCEmpty", "handlerecordJson", [H, true]],
  ["isURLContainedIn10320LOC", "url", [H]],
  ["isURLContainedIn10320LOC", "url", [H, ["u"]]],
  ["addAdditionalURL", "urls", [H]],
  ["addAdditionalURL", "urls", [H, { weight: 1 }]],
  ["addAdditionalURL", "urls", [H, "u", 5]],
  ["addAdditionalURL", "urls", [H, "u", { weight: 1 }, "v"]],
  ["exchangeAdditionalURL", "oldUrl", [H]],
  ["exchangeAdditionalURL", "newUrl", [H, "u"]],
  ["removeAdditionalURL", "urls", [H]],
  ["removeAdditionalURL", "urls", [H, "u", { weight: 1 }]],
  ["removeAdditionalURL", "urls[0]", [H, [5]]],
];

const client = entry.createClient(credentials, { transport });
const eudat = new b2handle.EUDATHandleClient(SERVER, {
  username: "300:a/USER",
  password: "S3CR3T",
  transport,
});

const names = (target: object) =>
  Object.getOwnPropertyNames(target).filter((name) => typeof Reflect.get(target, name) === "function");

/** Finds a function by its name in a table, to be called as plain JavaScript does. */
function find(name: string, ...targets: readonly object[]): Loose {
  if (name.startsWith("new ")) {
    const Class = Reflect.get(b2handle, name.slice(4));
    return (...given) => Reflect.construct(Class, given);
  }
  const [owner, method] = name.split(".");
  for (const target of targets) {
    const found = Reflect.get(target, owner ?? "");
    if (method !== undefined && found) return (...given) => Reflect.get(found, method).apply(found, given);
    if (typeof found === "function") return (...given) => Reflect.apply(found, target, given);
  }
  throw new Error(`There is no ${name}.`);
}

async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

describe("every public function of the package", () => {
  it.each(CLIENT)("%s: %s", async (name, argument, given) => {
    const error = await failureOf(() => find(name, client, entry)(...given));
    if (!isHandleError(error, "invalid_options")) throw error;
    expect(`${error.message} ${error.hint ?? ""}`).toContain(argument);
    expect(error.message).toContain(name);
    expect(inspect(error, { depth: 9 })).not.toContain("S3CR3T");
    expect(requests).toEqual([]);
  });

  it("stands in the table", () => {
    const known = [
      ...names(entry),
      ...names(client),
      ...names(client.locations).map((name) => `locations.${name}`),
    ];
    const withoutArguments = ["close"];
    expect(new Set([...CLIENT.map(([name]) => name), ...withoutArguments])).toEqual(new Set(known));
  });
});

describe("every public function of client/b2handle", () => {
  it.each(B2HANDLE)("%s: %s", async (name, argument, given) => {
    const error = await failureOf(() => find(name, eudat, b2handle)(...given));
    if (!(error instanceof Error) || !isHandleError(error.cause, "invalid_options")) throw error;
    expect(error.name).toMatch(/Exception$|Error$/);
    expect(`${error.message} ${error.cause.message} ${error.cause.hint ?? ""}`).toContain(argument);
    expect(inspect(error, { depth: 9 })).not.toContain("S3CR3T");
    expect(requests).toEqual([]);
  });

  it("stands in the table", () => {
    const { EUDATHandleClient, PIDClientCredentials } = b2handle;
    const classes = { EUDATHandleClient, PIDClientCredentials };
    const exceptions = names(b2handle).filter((name) => /(Exception|Error)$/.test(name));
    const inherited = ["constructor"];
    const known = [
      ...names(b2handle).filter((name) => !exceptions.includes(name) && !(name in classes)),
      ...Object.keys(classes).map((name) => `new ${name}`),
      ...Object.entries(classes).flatMap(([name, each]) => names(each).map((one) => `${name}.${one}`)),
      ...names(EUDATHandleClient.prototype).filter((name) => !inherited.includes(name)),
    ];
    expect(exceptions).toHaveLength(9);
    expect(names(PIDClientCredentials.prototype).every((name) => /^(get|constructor)/.test(name))).toBe(true);
    expect(new Set([...B2HANDLE.map(([name]) => name), "close"])).toEqual(new Set(known));
  });
});

describe("valid arguments", () => {
  it("options may be undefined, and Credentials have members that a client ignores", () => {
    const loaded: Credentials = {
      ...credentials,
      prefix: undefined,
      handleOwner: undefined,
      clientConfig: {},
      ardc: undefined,
      config: {},
      found: [],
      warnings: [],
      source: "credentials.json",
      httpsVerify: true,
    };
    const options: entry.ClientOptions = {
      strategy: undefined,
      transport: undefined,
      owner: undefined,
      permissions: undefined,
      modifyAdmin: undefined,
      restApiUrlExtension: undefined,
      locChooseBy: undefined,
      locType: undefined,
      allowedSearchKeys: undefined,
      search: undefined,
    };
    expect(entry.createClient(loaded, options).server).toBe(SERVER);
    expect(entry.createClient({ prefix: "a" } as entry.ClientCredentials).server).toBe(
      "https://hdl.handle.net",
    );
  });
});
