import { isHandleError } from "@handlekit/core";
import * as testing from "@handlekit/testing";
import { describe, expect, it } from "vitest";

const functions = testing as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>;
const noop = () => undefined;
const api = { describe: noop, it: noop, expect: noop };
const tls = { certificate: "S3CR3T", key: "S3CR3T" };

/** Each public function with wrong arguments: its name, the end of the message, and the arguments. */
const WRONG: readonly (readonly [name: string, message: string, ...given: unknown[]])[] = [
  ["describeStore", "name is an object; it must be a string.", { open: noop }, api],
  ["describeStore", "subject is a function; it must be an object.", "x", noop, api],
  ["describeStore", "subject.open is missing; it must be a function.", "x", {}, api],
  [
    "describeStore",
    "subject.reopen is a string; it must be a function.",
    "x",
    { open: noop, reopen: "x" },
    api,
  ],
  ["describeStore", "api is missing; it must be an object.", "x", { open: noop }],
  ["describeState", "subject is missing; it must be an object.", "x"],
  ["describeState", "api.it is missing; it must be a function.", "x", { open: noop }, { describe: noop }],
  [
    "describeAuthStrategy",
    "subject.secrets is a string; it must be an array.",
    "x",
    { create: noop, secrets: "S3CR3T" },
  ],
  ["describeTransport", "subject.tls is missing; it must be an object.", "x", { createTransport: noop }, api],
  ["createFaultServer", "its options argument is missing; it must be an object."],
  ["createFaultServer", "the option tls is missing; it must be an object.", {}],
  [
    "createFaultServer",
    "the option key is missing; it must be a string.",
    { tls: { certificate: "S3CR3T" } },
  ],
  [
    "createFaultServer",
    "the option faults is an object; it must be a function or an array.",
    { tls, faults: {} },
  ],
  ["createFaultServer", "the option store is a string; it must be an object.", { tls, store: "S3CR3T" }],
  ["createFaultServer", "the option seed is an array; it must be an object.", { tls, seed: [] }],
  ["everyNth", "nth is an object; it must be a number.", { kind: "busy" }],
  ["everyNth", "a fault is a string; it must be an object.", 2, "busy"],
  ["withProbability", "probability is an object; it must be a number.", 7, { kind: "busy" }],
];

describe("wrong arguments are invalid_options that name the argument", () => {
  const rows = WRONG.map(([name, message, ...given]) => ({ name, message, given }));

  it.each(rows)("$name: $message", async ({ name, message, given }) => {
    const thrown: unknown = await (async () => functions[name]?.(...given))().catch(
      (error: unknown) => error,
    );
    if (!isHandleError(thrown, "invalid_options")) throw new Error("Nothing was refused.", { cause: thrown });
    expect(thrown.message).toBe(`${name}: ${message}`);
  });

  it("of every public function", () => {
    const tested = new Set(WRONG.map(([name]) => name));
    expect(Object.keys(functions).filter((name) => !tested.has(name))).toEqual([]);
  });
});
