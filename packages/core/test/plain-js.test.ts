import * as core from "@handlekit/core";
import * as batch from "@handlekit/core/batch";
import * as journal from "@handlekit/core/journal";
import * as journalFile from "@handlekit/core/journal-file";
import * as store from "@handlekit/core/store";
import { describe, expect, it } from "vitest";

/** The functions as plain JavaScript sees them. */
const all = { ...core, ...batch, ...journal, ...journalFile, ...store } as unknown as Readonly<
  Record<string, (...given: unknown[]) => unknown>
>;
const call = (name: string, ...given: unknown[]) => all[name]?.(...given);

const SECRET = "S3CR3T";
const bytes = new Uint8Array();
const noop = () => undefined;
const strategy = { scheme: "x", origins: ["https://h.example"], authenticate: noop };
const request = { method: "GET", url: "https://h.example/", headers: {} };
const memory = { read: noop, commit: noop };
const state = { get: noop, put: noop };
const user = { handle: "a/b", index: 1 };

/** Each public function with wrong arguments: its name, the end of the message, and the arguments. */
const WRONG: readonly (readonly [name: string, message: string, ...given: unknown[]])[] = [
  ["authorise", "identity is a string; it must be an object.", SECRET, { name: "read" }, "a/b", noop],
  [
    "authorise",
    "identity.index is missing; it must be a number.",
    { handle: "a/b" },
    { name: "read" },
    "a/b",
  ],
  ["authorise", "operation is a string; it must be an object.", undefined, SECRET, "a/b", noop],
  ["authorise", "handle is missing; it must be a string.", undefined, { name: "read" }],
  ["authorise", "read is missing; it must be a function.", undefined, { name: "read" }, "a/b"],
  ["authorise", "rules is null; it must be an object.", undefined, { name: "read" }, "a/b", noop, null],
  [
    "authorise",
    "operation.name is not create, delete, read, list or change.",
    user,
    { name: SECRET },
    "a/b",
    noop,
  ],
  ["changePermissions", "before is missing; it must be an array.", undefined, []],
  ["changePermissions", "after is an object; it must be an array.", [], {}],
  ["sameValue", "b is missing; it must be an object.", {}],
  ["isReservedType", "type is missing; it must be a string."],
  ["matchesQuery", "value is missing; it must be an object."],
  ["matchesQuery", "query is a string; it must be an object.", {}, SECRET],
  ["createHotRecords", "maxBytes is a string; it must be a number.", SECRET],
  ["createGenerations", "maxCost is missing; it must be a number."],
  ["auditEntry", "change is a string; it must be an object.", SECRET],
  ["formatAuditEntry", "entry is missing; it must be an object."],
  ["parseAuditEntry", "text is an object; it must be a string.", {}],
  ["auditDigestInput", "text is missing; it must be a string.", 1, ""],
  ["retentionEntry", "last is missing; it must be an object.", new Date()],
  ["verifyAudit", "entries is a string; it must be an array or another iterable.", SECRET],
  ["verifyAudit", "the option head is a string; it must be an object.", [], { head: SECRET }],
  ["encodeUtf8", "text is missing; it must be a string."],
  ["decodeUtf8", "bytes is a string; it must be a Uint8Array.", SECRET],
  ["sameBytes", "b is missing; it must be a Uint8Array.", bytes],
  ["concatBytes", "a part is a string; it must be a Uint8Array.", bytes, SECRET],
  ["encodeBase64", "bytes is a string; it must be a Uint8Array.", SECRET],
  ["encodeBase64Url", "bytes is missing; it must be a Uint8Array."],
  ["decodeBase64", "text is a Uint8Array; it must be a string.", bytes],
  ["encodeHex", "bytes is an array; it must be a Uint8Array.", [1]],
  ["decodeHex", "text is missing; it must be a string."],
  ["createByteReader", "bytes is a string; it must be a Uint8Array.", SECRET, "x"],
  ["createByteReader", "what is missing; it must be a string.", bytes],
  ["exchange", "strategy is missing; it must be an object."],
  [
    "exchange",
    "strategy.origins is a string; it must be an array.",
    { ...strategy, origins: SECRET },
    request,
  ],
  ["exchange", "request is missing; it must be an object.", strategy],
  ["exchange", "request.url is an object; it must be a string.", strategy, { ...request, url: {} }],
  ["exchange", "context is a function; it must be an object.", strategy, request, noop],
  ["exchange", "context.send is missing; it must be a function.", strategy, request, {}],
  ["parseHandle", "text is missing; it must be a string."],
  ["normalizeHandle", "text is an object; it must be a string.", { prefix: "a", suffix: "b" }],
  ["formatHandle", "handle is a string; it must be an object.", "a/b"],
  ["formatHandle", "handle.suffix is missing; it must be a string.", { prefix: "a" }],
  ["prefixOf", "handle is missing; it must be a string."],
  ["prefixHandle", "prefix is a number; it must be a string.", 20.5],
  ["foldCase", "text is missing; it must be a string."],
  ["handleKey", "handle is null; it must be a string.", null],
  ["sameHandle", "b is missing; it must be a string.", "a/b"],
  ["quoteForMessage", "text is missing; it must be a string."],

  ["printable", "text is missing; it must be a string."],
  ["printable", "show is a string; it must be a function.", "a", "?"],
  ["hasLoneSurrogate", "text is missing; it must be a string."],
  ["parseReference", "text is an object; it must be a string.", user],
  ["formatReference", "reference is a string; it must be an object.", "1:a/b"],
  ["formatReference", "reference.handle is missing; it must be a string.", {}],
  ["matchesReference", "identity is missing; it must be an object.", user],
  ["subjectIdentity", "subject is a string; it must be an object.", "CN=x"],
  ["statusOf", "responseCode is a string; it must be a number.", "100"],
  ["secret", "value is missing; it must be a string or a Uint8Array."],
  ["secret", "value is a number; it must be a string or a Uint8Array.", 5],
  ["encodeAdmin", "admin is missing; it must be an object."],
  ["encodeAdmin", "admin.permissions is missing; it must be a string.", user],
  ["decodeAdmin", "bytes is a string; it must be a Uint8Array.", SECRET],
  ["encodeValueList", "list is an object; it must be an array.", user],
  ["encodeValueList", "a reference is a string; it must be an object.", ["1:a/b"]],
  ["decodeValueList", "bytes is missing; it must be a Uint8Array."],
  ["encodePublicKey", "jwk is a string; it must be an object.", SECRET],
  ["decodePublicKey", "bytes is missing; it must be a Uint8Array."],
  ["encodeSite", "site is missing; it must be an object."],
  ["decodeSite", "bytes is missing; it must be a Uint8Array."],
  ["decodeData", "type is missing; it must be a string."],
  ["decodeData", "bytes is a string; it must be a Uint8Array.", "URL", SECRET],
  ["decodeValue", "value is missing; it must be an object."],
  ["decodeValue", "value.references is missing; it must be an array.", { index: 1 }],
  ["encodeValues", "json is an object; it must be an array.", {}],
  ["encodeValues", "time is not a Date.", [], 17],
  ["parseIpAddress", "text is missing; it must be a string."],
  ["clientNetwork", "address is missing; it must be a string."],
  ["permissionBits", "text is a number; it must be a string.", 0x7f3],
  ["permissionString", "bits is a string; it must be a number.", "7f3"],
  ["permissionNames", "bits is missing; it must be a number."],
  ["encodeRecord", "values is missing; it must be an array."],
  ["decodeRecord", "bytes is a string; it must be a Uint8Array.", SECRET],
  ["updateRecord", "store is missing; it must be an object."],
  ["updateRecord", "store.commit is missing; it must be a function.", { read: noop }, "A/B", noop],
  ["updateRecord", "key is a function; it must be a string.", memory, noop],
  ["updateRecord", "decide is missing; it must be a function.", memory, "A/B"],
  [
    "updateRecord",
    "the option timeout is a string; it must be a number.",
    memory,
    "A/B",
    noop,
    { timeout: "1" },
  ],
  ["updateRecord", "decide returned neither an array of values nor null.", memory, "A/B", () => SECRET],
  ["updateState", "state.get is missing; it must be a function.", memory, "x", noop],
  ["updateState", "decide is an object; it must be a function.", state, "x", {}],
  ["updateState", "decide returned undefined.", state, "x", noop],
  ["createGroupQueue", "write is missing; it must be a function."],
  ["createGroupQueue", "defer is an object; it must be a function.", noop, {}],
  ["parseJson", "text is a Uint8Array; it must be a string.", bytes],
  ["parseFingerprint", "text is a Uint8Array; it must be a string.", bytes],
  ["formatFingerprint", "digest is a string; it must be a Uint8Array.", SECRET],
  ["parseBatch", "text is a Uint8Array; it must be a string.", bytes],
  ["parseBatchLog", "text is missing; it must be a string."],
  ["formatBatch", "commands is a string; it must be an array or another iterable.", SECRET],
  ["formatBatch", "commands is an object; it must be an array or another iterable.", { command: "DELETE" }],
  ["openJournalFile", "path is an object; it must be a string.", { path: "x" }],
  ["openJournalFile", "path is empty.", ""],
  ["syncDirectory", "path is missing; it must be a string."],
];

/** Functions that take anything, take nothing, or answer with a code of their own; see the tests below. */
const OTHERS = [
  "HandleError",
  "checkArgument",
  "checkOptions",
  "checkSecret",
  "createByteWriter",
  "createInTurn",
  "createMemoryJournal",
  "encodeData",
  "encodeValue",
  "hasType",
  "invalidOptions",
  "invalidValue",
  "isHandleError",
  "parseUrl",
  "placeOf",
  "readBatch",
];

async function thrownBy(run: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await run();
  } catch (error) {
    if (core.isHandleError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("Nothing was thrown.");
}

describe("wrong arguments are invalid_options that name the argument", () => {
  const rows = WRONG.map(([name, message, ...given]) => ({ name, message, given }));

  it.each(rows)("$name: $message", async ({ name, message, given }) => {
    const expected = { code: "invalid_options", message: `${name}: ${message}` };
    expect(await thrownBy(() => call(name, ...given))).toEqual(expected);
  });

  it("of every public function", () => {
    const functions = Object.keys(all).filter((name) => typeof all[name] === "function");
    const tested = new Set([...WRONG.map(([name]) => name), ...OTHERS]);
    expect(functions.filter((name) => !tested.has(name))).toEqual([]);
  });
});

describe("what has a code of its own keeps it", () => {
  it.each([undefined, null, SECRET, []])("encodeValue(%j) is invalid_value", async (given) => {
    expect((await thrownBy(() => call("encodeValue", given))).code).toBe("invalid_value");
  });

  it.each([undefined, null, [], {}])("encodeData(%j) is invalid_value", async (given) => {
    expect((await thrownBy(() => call("encodeData", given))).code).toBe("invalid_value");
  });

  it.each<[unknown, string]>([
    [undefined, "Command 1 is not an object."],
    [{ command: SECRET }, "Command 1 is not a command of GenericBatch."],
    [{ command: "CREATE", handle: "a/b" }, "the values are not a list."],
    [{ command: "REMOVE", handle: "a/b" }, "the indexes are not a list."],
    [{ command: "HOME" }, "the server is not an object."],
    [{ command: "HOME", server: {} }, "the prefix handles are not a list."],
    [{ command: "HOME", server: {}, prefixHandles: [] }, "the address is not an IP address."],
    [{ command: "AUTHENTICATE" }, "the user is not an object."],
    [{ command: "AUTHENTICATE", identity: user }, "the method is neither SECKEY nor PUBKEY."],
    [
      { command: "AUTHENTICATE", identity: user, method: "PUBKEY" },
      "the path of the private key is not a text.",
    ],
    [
      { command: "AUTHENTICATE", identity: user, method: "SECKEY", password: SECRET },
      "the password is not a Secret.",
    ],
    [{ command: "SESSIONSETUP", publicExchangeKey: SECRET }, "the public exchange key is not an object."],
    [{ command: "SESSIONSETUP", privateExchangeKey: SECRET }, "the private exchange key is not an object."],
  ])("formatBatch([%j]) is invalid_value", async (command, message) => {
    const thrown = await thrownBy(() => call("formatBatch", [command]));
    expect(thrown.code).toBe("invalid_value");
    expect(thrown.message.endsWith(message)).toBe(true);
    expect(thrown.message).not.toContain(SECRET);
  });
});

describe("what is returned is checked, too", () => {
  it.each<[unknown, string]>([
    [SECRET, "readBatch: lines is a string; it must be an array or another iterable."],
    [[17], "readBatch: a line is a number; it must be a string."],
  ])("readBatch(%j)", async (lines, message) => {
    const read = async () => {
      for await (const _ of call("readBatch", lines) as AsyncIterable<unknown>) break;
    };
    expect(await thrownBy(read)).toEqual({ code: "invalid_options", message });
  });

  it.each<[unknown[], string]>([
    [[SECRET], "inTurn: owner is a string; it must be an object or a function."],
    [[{}, 1], "inTurn: name is a number; it must be a string."],
    [[{}, "x"], "inTurn: work is missing; it must be a function."],
  ])("createInTurn()(...%j)", async (given, message) => {
    const inTurn = core.createInTurn() as (...args: unknown[]) => unknown;
    expect(await thrownBy(() => inTurn(...given))).toEqual({ code: "invalid_options", message });
  });

  it.each<[unknown, string]>([
    [undefined, "Journal.append: entries is missing; it must be an array."],
    [[undefined], "Journal.append: an entry is missing; it must be an object."],
  ])("createMemoryJournal().append(%j)", async (entries, message) => {
    const append = journal.createMemoryJournal().append as (given: unknown) => unknown;
    expect(await thrownBy(() => append(entries))).toEqual({ code: "invalid_options", message });
  });

  it("createByteWriter().bytes and raw", async () => {
    const writer = core.createByteWriter() as unknown as Record<"bytes" | "raw", (given: unknown) => unknown>;
    const message = "ByteWriter: value is missing; it must be a Uint8Array.";
    expect(await thrownBy(() => writer.bytes(undefined))).toEqual({ code: "invalid_options", message });
    expect(await thrownBy(() => writer.raw(undefined))).toEqual({ code: "invalid_options", message });
  });
});
