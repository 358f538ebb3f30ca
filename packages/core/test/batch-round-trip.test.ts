import { isHandleError, type Secret, secret } from "@handlekit/core";
import {
  type BatchCommand,
  type BatchData,
  type BatchValue,
  formatBatch,
  parseBatch,
  parseBatchLog,
  readBatch,
} from "@handlekit/core/batch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Any text a batch can hold, but for the characters excluded. */
function held(excluded?: RegExp): fc.Arbitrary<string> {
  return fc
    .oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."a!é:;| /\t\u2028😀\u00a0") }))
    .filter((text) => text !== "" && !/[\r\n]|^[\0-\x20]|[\0-\x20]$/.test(text) && !excluded?.test(text));
}

const MAX = 0x7fffffff;
const number = fc.nat(MAX);
const index = fc.integer({ min: 1, max: MAX });
const handle = held();
const reference = fc.record({ index: number, handle });
const bits = (length: number) =>
  fc.nat(2 ** length - 1).map((value) => value.toString(2).padStart(length, "0"));
const hidden = held().map((text) => secret(`S3CR3T${text}`));

const data: fc.Arbitrary<BatchData> = fc.oneof(
  fc.record({ format: fc.constant("string" as const), value: fc.oneof(held(), fc.constant("")) }),
  fc.record({
    format: fc.constant("admin" as const),
    value: fc.record({ handle, index: number, permissions: bits(12) }),
  }),
  fc.record({
    format: fc.constant("vlist" as const),
    value: fc.array(fc.record({ index: number, handle: held(/;/) }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ file: held() }),
);

const value: fc.Arbitrary<BatchValue> = fc.record({
  index,
  type: fc.oneof(fc.constantFrom("URL", "HS_ADMIN", "HS_SECKEY"), held(/ /)),
  ttl: fc.integer(),
  permissions: bits(4),
  data,
});

const user = fc.record({ index: number, handle: held(/:/) });
const address = fc.oneof(
  fc.ipV4(),
  fc.constantFrom("::", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8"),
);

const command: fc.Arbitrary<BatchCommand> = fc.oneof(
  fc.record({
    command: fc.constantFrom("CREATE" as const, "ADD" as const, "MODIFY" as const),
    handle,
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    command: fc.constant("REMOVE" as const),
    handle,
    indexes: fc.array(index, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ command: fc.constant("DELETE" as const), handle }),
  fc.record({
    command: fc.constantFrom("HOME" as const, "UNHOME" as const),
    server: fc.record({
      address,
      port: fc.integer({ min: 1, max: 0xffff }),
      protocol: fc.constantFrom("tcp" as const, "udp" as const, "http" as const),
    }),
    prefixHandles: fc.array(
      held().map((suffix) => `0.NA/${suffix}`),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    command: fc.constant("AUTHENTICATE" as const),
    method: fc.constant("SECKEY" as const),
    identity: user,
    password: hidden,
  }),
  fc.record(
    {
      command: fc.constant("AUTHENTICATE" as const),
      method: fc.constant("PUBKEY" as const),
      identity: user,
      keyFile: held(/\|/),
      passphrase: hidden,
    },
    { requiredKeys: ["command", "method", "identity", "keyFile"] },
  ),
  fc.record(
    {
      command: fc.constant("SESSIONSETUP" as const),
      useSession: fc.boolean(),
      publicExchangeKey: fc.oneof(fc.record({ file: held() }), reference),
      privateExchangeKey: fc.record({ file: held(), passphrase: hidden }, { requiredKeys: ["file"] }),
      options: fc.record({ encrypt: fc.boolean(), authenticate: fc.boolean(), fallBack: fc.boolean() }),
      timeoutHours: number,
    },
    { requiredKeys: ["command", "useSession"] },
  ),
);

/** The same with every Secret as a list of its bytes, to be compared. */
function open(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  if ("reveal" in given) return [...(given as Secret).reveal()];
  if (Array.isArray(given)) return given.map(open);
  return Object.fromEntries(Object.entries(given).map(([name, member]) => [name, open(member)]));
}

async function collect(lines: Iterable<string>): Promise<BatchCommand[]> {
  const commands: BatchCommand[] = [];
  for await (const one of readBatch(lines)) commands.push(one);
  return commands;
}

describe("what is written is read again", () => {
  it("whole and line by line", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 5 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        async (commands, end) => {
          const text = formatBatch(commands);
          expect(open(parseBatch(text.replaceAll("\n", end)))).toEqual(open(commands));
          expect(open(await collect(text.split("\n")))).toEqual(open(commands));
          expect(formatBatch(parseBatch(text))).toBe(text);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Lines that begin like something real, in any order. */
const likelyBatch = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "",
        " ",
        "CREATE a/b",
        "ADD a/b",
        "REMOVE 1,2:a/b",
        "HOME 192.0.2.1:2641:tcp",
        "0.NA/a",
        "AUTHENTICATE SECKEY:300:a/b",
        "AUTHENTICATE PUBKEY:300:a/b",
        "SESSIONSETUP",
        "OPTIONS:111",
        "1 URL 86400 1110 UTF8 x",
        "1 HS_ADMIN 86400 1110 ADMIN 300:111111111111:a/b",
        "1 HS_VLIST 86400 1110 LIST 300:a/b;",
      ),
      fc
        .array(
          fc.constantFrom(
            ..."01:;|,. []\t/",
            "URL",
            "86400",
            "1110",
            "UTF8",
            "ADMIN",
            "LIST",
            "FILE",
            "HOME",
            "\ud83d",
            "REMOVE",
            "2147483648",
            "constructor",
          ),
        )
        .map((words) => words.join("")),
    ),
  )
  .map((lines) => lines.join("\n"));

const anything = fc.oneof(
  likelyBatch,
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);

/** Runs a parser; what it throws must be a HandleError that quotes nothing. */
function survives<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isHandleError(error, "invalid_value")) throw error;
    expect(error.message).toMatch(/^Line \d+ of the (batch|log)/);
    return undefined;
  }
}

describe("any text", () => {
  it("is a batch that can be written again, or is refused", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const commands = survives(() => parseBatch(text));
        if (commands) expect(open(parseBatch(formatBatch(commands)))).toEqual(open(commands));
      }),
      { numRuns: 2000 },
    );
  });

  it("is a log, or is refused", () => {
    const line = fc.oneof(
      anything,
      fc
        .tuple(
          fc.constantFrom("==>SUCCESS[1]: ", "==>FAILURE[2]: ", "==>INVALID [3]: ", "==>", ""),
          fc.constantFrom("create:", "delete:", ""),
          anything,
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const log = survives(() => parseBatchLog(lines.join("\n")));
        for (const outcome of log?.outcomes ?? [])
          expect(["success", "failure", "invalid"]).toContain(outcome.result);
      }),
      { numRuns: 500 },
    );
  });
});
