import { inspect } from "node:util";
import { encodeUtf8, type HandleValue, secret } from "@handlekit/core";
import { type BatchCommand, type BatchValueInput, formatBatch, parseBatch } from "@handlekit/core/batch";
import { describe, expect, it } from "vitest";
import { refusal } from "./support.ts";

type Input = BatchCommand<BatchValueInput>;

const PASSWORD = secret("S3CR3T");
const USER = { index: 300, handle: "0.NA/20.500.1" };

/** The line that one value becomes. */
function lineOf(value: BatchValueInput): string | undefined {
  return formatBatch([{ command: "ADD", handle: "20.500.1/a", values: [value] }]).split("\n")[1];
}

describe("a batch", () => {
  it("has an empty line after each command, and is empty without commands", () => {
    expect(formatBatch([])).toBe("");
    expect(
      formatBatch([
        { command: "AUTHENTICATE", method: "SECKEY", identity: USER, password: PASSWORD },
        {
          command: "CREATE",
          handle: "20.500.1/a b",
          values: [
            { index: 1, type: "URL", data: "https://example.org/" },
            { index: 2, type: "EMAIL", data: "", ttl: -1, permissions: "1100" },
          ],
        },
        { command: "REMOVE", handle: "20.500.1/a:b", indexes: [3, 5] },
        { command: "DELETE", handle: "20.500.1/c" },
      ]),
    ).toBe(`AUTHENTICATE SECKEY:300:0.NA/20.500.1
S3CR3T

CREATE 20.500.1/a b
1 URL 86400 1110 UTF8 https://example.org/
2 EMAIL -1 1100 UTF8${" "}

REMOVE 3,5:20.500.1/a:b

DELETE 20.500.1/c

`);
  });

  it("writes keys, sessions and prefixes", () => {
    expect(
      formatBatch([
        {
          command: "AUTHENTICATE",
          method: "PUBKEY",
          identity: USER,
          keyFile: "my key.bin",
          passphrase: PASSWORD,
        },
        { command: "AUTHENTICATE", method: "PUBKEY", identity: USER, keyFile: "key.bin" },
        {
          command: "SESSIONSETUP",
          useSession: true,
          publicExchangeKey: { index: 301, handle: "a/b:c" },
          privateExchangeKey: { file: "priv.bin", passphrase: PASSWORD },
          options: { encrypt: true, authenticate: false, fallBack: true },
          timeoutHours: 24,
        },
        {
          command: "SESSIONSETUP",
          useSession: false,
          publicExchangeKey: { file: "pub.bin" },
          privateExchangeKey: { file: "priv.bin" },
        },
        {
          command: "HOME",
          server: { address: "192.0.2.1", port: 2641, protocol: "tcp" },
          prefixHandles: ["0.NA/20.500.1", "0.NA/20.500.2"],
        },
        {
          command: "UNHOME",
          server: { address: "2001:db8::1", port: 8000, protocol: "http" },
          prefixHandles: [],
        },
      ]),
    ).toBe(`AUTHENTICATE PUBKEY:300:0.NA/20.500.1
my key.bin|S3CR3T

AUTHENTICATE PUBKEY:300:0.NA/20.500.1
key.bin

SESSIONSETUP
USESESSION:1
PUBEXNGKEYREF:301:a/b:c
PRIVEXNGKEYFILE:priv.bin
PASSPHRASE:S3CR3T
OPTIONS:101
TIMEOUT:24

SESSIONSETUP
USESESSION:0
PUBEXNGKEYFILE:pub.bin
PRIVEXNGKEYFILE:priv.bin

HOME 192.0.2.1:2641:tcp
0.NA/20.500.1
0.NA/20.500.2

UNHOME [2001:db8::1]:8000:http

`);
  });

  it("accepts any iterable", () => {
    function* commands(): Iterable<Input> {
      yield { command: "DELETE", handle: "a/1" };
      yield { command: "DELETE", handle: "a/2" };
    }
    expect(parseBatch(formatBatch(commands()))).toHaveLength(2);
  });
});

describe("a value", () => {
  it("may be one that the REST API gave", () => {
    const value: HandleValue = {
      index: 100,
      type: "HS_ADMIN",
      data: { format: "admin", value: { handle: "0.NA/a:b", index: 200, permissions: "011111110011" } },
      ttl: 86_400,
      timestamp: "2026-01-02T03:04:05Z",
    };
    expect(lineOf(value)).toBe("100 HS_ADMIN 86400 1110 ADMIN 200:110011111110:0.NA/a:b");
  });

  it("writes lists and files", () => {
    const list = [
      { index: 300, handle: "a/b:c" },
      { index: 0, handle: "d/e" },
    ];
    expect(lineOf({ index: 400, type: "HS_VLIST", data: { format: "vlist", value: list } })).toBe(
      "400 HS_VLIST 86400 1110 LIST 300:a/b:c;0:d/e;",
    );
    expect(lineOf({ index: 301, type: "HS_PUBKEY", data: { file: "my key.bin" } })).toBe(
      "301 HS_PUBKEY 86400 1110 FILE my key.bin",
    );
  });

  it("writes bytes that are text", () => {
    expect(lineOf({ index: 1, type: "X", data: { format: "hex", value: "c3a9" } })).toBe(
      "1 X 86400 1110 UTF8 é",
    );
    expect(lineOf({ index: 1, type: "X", data: { format: "base64", value: "w6k=" } })).toBe(
      "1 X 86400 1110 UTF8 é",
    );
  });
});

describe("what a batch cannot represent", () => {
  const url = { index: 1, type: "URL", data: "https://example.org/" };
  const rsa = { kty: "RSA", n: "AQAB", e: "AQAB" } as const;
  const list = (...value: { index: number; handle: string }[]) => ({ format: "vlist" as const, value });
  const admin = (given: object) => ({
    format: "admin" as const,
    value: { handle: "0.NA/a", index: 200, permissions: "111111111111", ...given },
  });

  it.each<[string, Partial<BatchValueInput>]>([
    ["its text contains a line break", { data: "S3CR3T\nb" }],
    ["its text contains a line break", { data: { format: "string", value: "S3CR3T\rb" } }],
    ["its text begins or ends with white space or a control character", { data: " S3CR3T" }],
    ["its text begins or ends with white space or a control character", { data: "S3CR3T\t" }],
    ["its text contains a lone surrogate", { data: "S3CR3T\ud83d" }],
    ["its text contains a line break", { data: { format: "hex", value: "610a62" } }],
    ["its data are binary", { data: { format: "hex", value: "ff" } }],
    ["its data are binary", { data: { format: "base64", value: "/w==" } }],
    ["its data are binary", { data: { format: "key", value: rsa } }],
    ["its ttl is a time, and a batch has only seconds", { ttl: "2030-01-02T03:04:05Z" }],
    ["it has references", { references: [USER] }],
    ["its type is empty", { type: "" }],
    ["its type contains a space", { type: "A B" }],
    ["its type contains a line break", { type: "A\nB" }],
    ["the path of its file contains a line break", { data: { file: "a\nb" } }],
    ["the path of its file is empty", { data: { file: "" } }],
    ["its list of references is empty", { data: list() }],
    ["a handle in its list contains a semicolon", { data: list(USER, { index: 1, handle: "a/b;c" }) }],
    [
      "an index in its list is not an integer from 0 to 2147483647",
      { data: list({ index: -1, handle: "a/b" }) },
    ],
    ["the handle in its HS_ADMIN contains a line break", { data: admin({ handle: "a/b\nc" }) }],
    ["the handle in its HS_ADMIN is empty", { data: admin({ handle: "" }) }],
    ["the index in its HS_ADMIN is not an integer from 0 to 2147483647", { data: admin({ index: -1 }) }],
    ["its HS_ADMIN data have the length of old servers", { data: admin({ legacyByteLength: true }) }],
  ])("%s", (what, given) => {
    const commands: Input[] = [
      { command: "DELETE", handle: "a/1" },
      { command: "MODIFY", handle: "20.500.1/a", values: [url, { ...url, index: 7, ...given }] },
    ];
    const { message, hint } = refusal("invalid_value", () => formatBatch(commands));
    expect(message).toBe(
      `Command 2 (MODIFY "20.500.1/a"), value at index 7, cannot be written to a batch: ${what}.`,
    );
    expect(`${message} ${hint}`).not.toContain("S3CR3T");
  });

  const server = { address: "192.0.2.1", port: 2641, protocol: "tcp" } as const;
  it.each<[string, Input]>([
    [
      'Command 1 (DELETE "a/b\\nc") cannot be written to a batch: the handle contains a line break.',
      { command: "DELETE", handle: "a/b\nc" },
    ],
    [
      'Command 1 (DELETE "") cannot be written to a batch: the handle is empty.',
      { command: "DELETE", handle: "" },
    ],
    [
      'Command 1 (DELETE " a/b") cannot be written to a batch: the handle begins or ends with white space or a control character.',
      { command: "DELETE", handle: " a/b" },
    ],
    [
      'Command 1 (CREATE "a/b") cannot be written to a batch: it has no values.',
      { command: "CREATE", handle: "a/b", values: [] },
    ],
    [
      'Command 1 (REMOVE "a/b") cannot be written to a batch: it has no indexes.',
      { command: "REMOVE", handle: "a/b", indexes: [] },
    ],
    [
      'Command 1 (REMOVE "a/b") cannot be written to a batch: an index is not an integer from 1 to 2147483647.',
      { command: "REMOVE", handle: "a/b", indexes: [1, 1.5] },
    ],
    [
      "Command 1 (HOME) cannot be written to a batch: the address is not an IP address.",
      { command: "HOME", server: { ...server, address: "example.org" }, prefixHandles: [] },
    ],
    [
      "Command 1 (HOME) cannot be written to a batch: the port is not an integer from 1 to 65535.",
      { command: "HOME", server: { ...server, port: 0 }, prefixHandles: [] },
    ],
    [
      "Command 1 (UNHOME) cannot be written to a batch: a handle is not a prefix handle.",
      { command: "UNHOME", server, prefixHandles: ["20.500.1/a"] },
    ],
    [
      "Command 1 (HOME) cannot be written to a batch: a prefix handle contains a line break.",
      { command: "HOME", server, prefixHandles: ["0.NA/a\nb"] },
    ],
    [
      "Command 1 (AUTHENTICATE) cannot be written to a batch: the handle of the user contains a colon.",
      {
        command: "AUTHENTICATE",
        method: "SECKEY",
        identity: { index: 1, handle: "a/b:c" },
        password: PASSWORD,
      },
    ],
    [
      "Command 1 (AUTHENTICATE) cannot be written to a batch: the password contains a line break.",
      { command: "AUTHENTICATE", method: "SECKEY", identity: USER, password: secret("S3CR3T\nx") },
    ],
    [
      "Command 1 (AUTHENTICATE) cannot be written to a batch: the password is empty.",
      { command: "AUTHENTICATE", method: "SECKEY", identity: USER, password: secret("") },
    ],
    [
      "Command 1 (AUTHENTICATE) cannot be written to a batch: the password is not UTF-8 text.",
      {
        command: "AUTHENTICATE",
        method: "SECKEY",
        identity: USER,
        password: secret(new Uint8Array([...encodeUtf8("S3CR3T"), 0xff])),
      },
    ],
    [
      "Command 1 (AUTHENTICATE) cannot be written to a batch: the path of the private key contains a vertical bar.",
      { command: "AUTHENTICATE", method: "PUBKEY", identity: USER, keyFile: "a|b" },
    ],
    [
      "Command 1 (AUTHENTICATE) cannot be written to a batch: the passphrase begins or ends with white space or a control character.",
      {
        command: "AUTHENTICATE",
        method: "PUBKEY",
        identity: USER,
        keyFile: "a",
        passphrase: secret("S3CR3T "),
      },
    ],
    [
      "Command 1 (SESSIONSETUP) cannot be written to a batch: the time-out is not an integer from 0 to 2147483647.",
      { command: "SESSIONSETUP", useSession: true, timeoutHours: 0.5 },
    ],
    [
      "Command 1 (SESSIONSETUP) cannot be written to a batch: the path of the private exchange key is empty.",
      { command: "SESSIONSETUP", useSession: true, privateExchangeKey: { file: "" } },
    ],
  ])("%s", (what, command) => {
    const { message, hint } = refusal("invalid_value", () => formatBatch([command]));
    expect(message).toBe(what);
    expect(`${hint}`).not.toContain("S3CR3T");
  });

  it("is refused when it comes from JavaScript without types", () => {
    const format = (...commands: unknown[]) => {
      const { message } = refusal("invalid_value", () => formatBatch(commands as Input[]));
      return message;
    };
    const values = (value: unknown) => ({ command: "ADD", handle: "a/b", values: [value] });
    expect(format({ command: "FOO S3CR3T" })).toBe("Command 1 is not a command of GenericBatch.");
    expect(format({ command: "DELETE" })).toContain("the handle is not a text");
    expect(format(values(null))).toContain("A value is not an object");
    expect(format(values({ index: "x", type: "URL", data: "" }))).toContain("index of a value");
    expect(format(values({ index: 1, type: "URL" }))).toContain("It has no data");
    expect(format(values({ index: 1, type: "URL", data: { format: "S3CR3T", value: "" } }))).toContain(
      "is unknown",
    );
    expect(format(values({ index: 1, type: "URL", data: "", permissions: 7 }))).toContain("permissions");
  });

  it("shows no secret of a command that is inspected", () => {
    const command: Input = { command: "AUTHENTICATE", method: "SECKEY", identity: USER, password: PASSWORD };
    expect(inspect(command)).toContain("password: [redacted]");
    expect(inspect(command)).not.toContain("S3CR3T");
  });
});
