import { format, inspect } from "node:util";
import { checkSecret, type Secret, secret } from "@handlekit/core";
import { describe, expect, it } from "vitest";

const TEXT = "S3CR3T-pässword";
const BYTES = new Uint8Array(Buffer.from(TEXT));

describe("reveal", () => {
  it("returns a text as UTF-8 bytes, and bytes unchanged", () => {
    expect(secret(TEXT).reveal()).toEqual(BYTES);
    expect(secret(BYTES).reveal()).toEqual(BYTES);
    expect(secret("").reveal()).toEqual(new Uint8Array());
  });

  it("returns a copy, and copies its argument", () => {
    const given = BYTES.slice();
    const kept = secret(given);
    given.fill(0);
    kept.reveal().fill(0);
    expect(kept.reveal()).toEqual(BYTES);
    expect(kept.reveal()).not.toBe(kept.reveal());
  });

  it("copies a part of a larger buffer, and keeps nothing else of it", () => {
    const kept = secret(Buffer.from(`before ${TEXT} after`).subarray(7, 7 + BYTES.length));
    expect(kept.reveal()).toEqual(BYTES);
    expect(kept.reveal().buffer.byteLength).toBe(BYTES.length);
  });
});

/** The ways in which a value may be converted for a log. */
const PRINTS: Readonly<Record<string, (value: Secret) => string>> = {
  String: (value) => String(value),
  template: (value) => `${value}`,
  concatenation: (value) => `password: ${value as unknown as string}`,
  toString: (value: Secret) => value.toString(),
  JSON: (value) => JSON.stringify(value),
  "nested JSON": (value) => JSON.stringify({ credentials: [{ password: value }] }),
  inspect: (value) => inspect(value),
  "inspect of what is hidden": (value) => inspect(value, { showHidden: true, depth: 9 }),
  "inspect without custom functions": (value) => inspect(value, { customInspect: false, showHidden: true }),
  "nested inspect": (value) => inspect({ credentials: [{ password: value }] }, { depth: 9 }),
  "format %s": (value) => format("%s", value),
  "format %o": (value) => format("%o", value),
  "format %O": (value) => format("%O", value),
  "format %j": (value) => format("%j", value),
  "Deno.inspect": (value) =>
    (value as unknown as Record<symbol, () => string>)[Symbol.for("Deno.customInspect")]?.() ?? "",
  "Object.keys": (value) => Object.keys(value).join(),
  "Object.entries": (value) => inspect(Object.entries(value)),
  "all own properties": (value) => inspect(Object.getOwnPropertyDescriptors(value), { depth: 9 }),
  spread: (value) => inspect({ ...value }) + JSON.stringify({ ...value }),
  "Object.assign": (value) => inspect(Object.assign({}, value)),
  "a structured log": (value) =>
    JSON.stringify({ level: "info", fields: { user: "300:TEST/USER", password: value } }),
  "an error": (value) => inspect(new Error(`failed for ${value}`, { cause: value })),
};

describe("printing", () => {
  it.each(Object.entries(PRINTS))("%s shows nothing", (_, print) => {
    for (const value of [secret(TEXT), secret(BYTES)]) {
      const shown = print(value);
      expect(shown).not.toContain("S3CR3T");
      expect(shown).not.toContain("83, 51, 67");
      expect(shown).not.toContain(Buffer.from(BYTES).toString("base64").slice(0, 8));
      expect(shown).not.toContain(Buffer.from(BYTES).toString("hex").slice(0, 8));
    }
  });

  it.each(["String", "template", "toString", "inspect", "Deno.inspect", "format %s"])(
    "%s says [redacted]",
    (name) => {
      expect(PRINTS[name]?.(secret(TEXT))).toBe("[redacted]");
    },
  );

  it("is [redacted] in the middle of other things", () => {
    expect(JSON.stringify({ password: secret(TEXT) })).toBe('{"password":"[redacted]"}');
    expect(inspect({ password: secret(TEXT) })).toBe("{ password: [redacted] }");
  });
});

describe("checkSecret", () => {
  it.each([undefined, null, TEXT, {}, { reveal: TEXT }])(
    "refuses value %#, and does not show it",
    (value) => {
      expect(() => checkSecret("save", "the option key", value)).toThrow(
        expect.objectContaining({
          code: "invalid_options",
          message: "save: the option key must be a Secret.",
          hint: "Wrap its text: secret(text), from @handlekit/core.",
        }),
      );
    },
  );

  it("accepts anything that reveals bytes", () => {
    checkSecret("save", "the option key", secret(TEXT));
    checkSecret("save", "the option key", { reveal: () => BYTES });
  });
});

it("cannot be changed or cloned", () => {
  const kept = secret(TEXT);
  expect(Object.isFrozen(kept)).toBe(true);
  expect(Reflect.set(kept, "toJSON", () => "x")).toBe(false);
  expect(() => structuredClone(kept)).toThrow();
});
