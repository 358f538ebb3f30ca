import { inspect } from "node:util";
import { isHandleError, secret } from "@handlekit/core";
import { type BatchCommand, formatBatch, parseBatch, parseBatchLog } from "@handlekit/core/batch";
import { expect, it } from "vitest";

// The batch and the log of a run of Handle.Net 9.3.1, with another password.
const BATCH = `AUTHENTICATE SECKEY:300:0.NA/TEST
S3CR3T-of-the-sample

CREATE TEST/BATCH1
100 HS_ADMIN 86400 1110 ADMIN 300:110011111111:0.NA/TEST
3 URL 86400 1110 UTF8 https://example.org/batch with spaces
300 HS_SECKEY 86400 1100 UTF8 S3CR3T-of-a-user
400 HS_VLIST 86400 1110 LIST 300:TEST/MEMBER;301:0.NA/TEST;

ADD TEST/BATCH1
5 EMAIL 86400 1110 UTF8 a@example.org

MODIFY TEST/BATCH1
3 URL 86400 1110 UTF8 https://example.org/changed

REMOVE 5:TEST/BATCH1
CREATE TEST/BATCH1
3 URL 86400 1110 UTF8 dup

DELETE TEST/NOSUCH

FOO TEST/BAR
AUTHENTICATE PUBKEY:301:0.NA/TEST
keys/admpriv.bin
CREATE TEST/BATCH2
100 HS_ADMIN 86400 1110 ADMIN 300:010001110011:0.NA/TEST

DELETE TEST/BATCH2
`;

const LOG = `Start Time: Sat Nov 21 19:34:34 UTC 2026
==>SUCCESS[3]: create:TEST/BATCH1
==>SUCCESS[4]: add values:TEST/BATCH1
==>SUCCESS[5]: modify values:TEST/BATCH1
==>SUCCESS[6]: remove values:TEST/BATCH1
==>FAILURE[7]: create:TEST/BATCH1: Error(101): HANDLE ALREADY EXISTS
==>FAILURE[8]: delete:TEST/NOSUCH: Error(100): HANDLE NOT FOUND
==>INVALID[10]: error in command line
==>SUCCESS[12]: create:TEST/BATCH2
==>SUCCESS[13]: delete:TEST/BATCH2
Successes/Total Entries: 6/8
Batch File Lines: 13
Finish Time: Sat Nov 21 19:34:35 UTC 2026
This batch took 0 seconds to complete at an average speed of 8.064516129032258 operations/second
`;

const text = (index: number, type: string, value: string, permissions = "1110") => ({
  index,
  type,
  ttl: 86_400,
  permissions,
  data: { format: "string" as const, value },
});
const admin = (permissions: string) => ({
  index: 100,
  type: "HS_ADMIN",
  ttl: 86_400,
  permissions: "1110",
  data: { format: "admin" as const, value: { handle: "0.NA/TEST", index: 300, permissions } },
});

const COMMANDS: readonly BatchCommand[] = [
  {
    command: "AUTHENTICATE",
    method: "SECKEY",
    identity: { handle: "0.NA/TEST", index: 300 },
    password: secret("S3CR3T-of-the-sample"),
  },
  {
    command: "CREATE",
    handle: "TEST/BATCH1",
    values: [
      // The server of that run showed this value as 111111110011 in JSON.
      admin("111111110011"),
      text(3, "URL", "https://example.org/batch with spaces"),
      text(300, "HS_SECKEY", "S3CR3T-of-a-user", "1100"),
      {
        index: 400,
        type: "HS_VLIST",
        ttl: 86_400,
        permissions: "1110",
        data: {
          format: "vlist",
          value: [
            { handle: "TEST/MEMBER", index: 300 },
            { handle: "0.NA/TEST", index: 301 },
          ],
        },
      },
    ],
  },
  { command: "ADD", handle: "TEST/BATCH1", values: [text(5, "EMAIL", "a@example.org")] },
  { command: "MODIFY", handle: "TEST/BATCH1", values: [text(3, "URL", "https://example.org/changed")] },
  { command: "REMOVE", handle: "TEST/BATCH1", indexes: [5] },
  { command: "CREATE", handle: "TEST/BATCH1", values: [text(3, "URL", "dup")] },
  { command: "DELETE", handle: "TEST/NOSUCH" },
  {
    command: "AUTHENTICATE",
    method: "PUBKEY",
    identity: { handle: "0.NA/TEST", index: 301 },
    keyFile: "keys/admpriv.bin",
  },
  { command: "CREATE", handle: "TEST/BATCH2", values: [admin("110011100010")] },
  { command: "DELETE", handle: "TEST/BATCH2" },
];

/** Commands with their secrets as text, to be compared. */
function shown(commands: readonly BatchCommand[]): unknown {
  return commands.map((command) =>
    command.command === "AUTHENTICATE" && command.method === "SECKEY"
      ? { ...command, password: new TextDecoder().decode(command.password.reveal()) }
      : command,
  );
}

it("names the line of the batch that is not a command", () => {
  let thrown: unknown;
  try {
    parseBatch(BATCH);
  } catch (error) {
    thrown = error;
  }
  expect(isHandleError(thrown, "invalid_value") && thrown.message).toBe(
    "Line 22 of the batch: it is not a command.",
  );
});

it("reads the batch without that line, and what it writes reads the same", () => {
  const commands = parseBatch(BATCH.replace("FOO TEST/BAR\n", ""));
  expect(shown(commands)).toEqual(shown(COMMANDS));
  expect(inspect(commands, { depth: 9 }).match(/\[redacted\]/g)).toHaveLength(1);
  expect(JSON.stringify(commands)).not.toContain("S3CR3T-of-the-sample");
  expect(shown(parseBatch(formatBatch(commands)))).toEqual(shown(COMMANDS));
});

it("writes each line as the sample has it", () => {
  const written = formatBatch(COMMANDS).split("\n");
  const sample = BATCH.replace("FOO TEST/BAR\n", "").split("\n");
  expect(written.filter((line) => line !== "")).toEqual(sample.filter((line) => line !== ""));
});

it("reads the log", () => {
  const success = (line: number, operation: string, handle: string) => ({
    result: "success",
    line,
    operation,
    handle,
  });
  expect(parseBatchLog(LOG)).toEqual({
    outcomes: [
      success(3, "create", "TEST/BATCH1"),
      success(4, "add values", "TEST/BATCH1"),
      success(5, "modify values", "TEST/BATCH1"),
      success(6, "remove values", "TEST/BATCH1"),
      {
        result: "failure",
        line: 7,
        operation: "create",
        handle: "TEST/BATCH1",
        responseCode: 101,
        message: "Error(101): HANDLE ALREADY EXISTS",
      },
      {
        result: "failure",
        line: 8,
        operation: "delete",
        handle: "TEST/NOSUCH",
        responseCode: 100,
        message: "Error(100): HANDLE NOT FOUND",
      },
      { result: "invalid", line: 10, message: "error in command line" },
      success(12, "create", "TEST/BATCH2"),
      success(13, "delete", "TEST/BATCH2"),
    ],
    totals: { successes: 6, entries: 8 },
  });
});
