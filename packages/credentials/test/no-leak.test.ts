import { decodeUtf8, formatReference, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CredentialDocument, parseCredentials } from "../src/mod.ts";
import { CANARY, leaks, printed, refusal } from "./canary.ts";

const VALID = `{
  "handle_server_url": "https://h.example:8000",
  "username": "300:foo/bar", "password": "${CANARY}",
  "HTTPS_verify": false, "prefix": "21.1",
  "reverselookup_password": "${CANARY}", "sharedSecret": "${CANARY}",
  "db_password": "${CANARY}", "retries": [1, {"deep": "${CANARY}"}]
}`;

/**
 * Returns the text that a document shows by design, where a secret that a mutation moved is not a leak: the server, the
 * prefix, the users, the CA file, and unknown keys that are made of plain words.
 */
function shownByDesign(document: CredentialDocument): string {
  const { server, prefix, handleOwner, httpsVerify, login, config, warnings } = document;
  const identity = login?.kind === "password" ? login.identity : handleOwner;
  const keys = Object.keys(config).filter((key) =>
    warnings.some((warning) => warning.endsWith(`"${key}" is unknown and has no effect`)),
  );
  return JSON.stringify([
    server,
    prefix,
    handleOwner,
    httpsVerify,
    identity && formatReference(identity),
    keys,
  ]);
}

/** Parses a text, and fails when anything but a HandleError is thrown or the canary is shown. */
function check(text: string): void {
  let document: CredentialDocument;
  try {
    document = parseCredentials(text);
  } catch (error) {
    if (!isHandleError(error, "invalid_credentials")) throw new Error("The error is not a HandleError.");
    expect(error.cause).toBeUndefined();
    expect(leaks(printed(error))).toBe(false);
    return;
  }
  if (leaks(shownByDesign(document))) return;
  expect(leaks(printed(document))).toBe(false);
}

const at = fc.nat(VALID.length);
const piece = fc.oneof(
  fc.constantFrom(..."{}[]\"',:\\/“”„‟‘’\n\t \u00a0\ud8000-"),
  fc.constantFrom("//", "/*", "True", "null", "password", '"prefix":', "\\u", '", "', "': '"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const mutation = fc.oneof(
  fc.record({
    kind: fc.constant("delete"),
    at,
    length: fc.integer({ min: 1, max: 40 }),
    piece: fc.constant(""),
  }),
  fc.record({ kind: fc.constant("insert"), at, length: fc.constant(0), piece }),
  fc.record({ kind: fc.constant("replace"), at, length: fc.integer({ min: 1, max: 3 }), piece }),
  fc.record({ kind: fc.constant("truncate"), at, length: fc.constant(VALID.length), piece: fc.constant("") }),
);

describe("nothing shows the secret", () => {
  it("in a valid document", () => {
    const document = parseCredentials(VALID);
    expect(leaks(printed(document))).toBe(false);
    const { reverseLookup, ardc, config } = document;
    expect(config.db_password === CANARY).toBe(true);
    for (const held of [reverseLookup?.password, ardc?.sharedSecret]) {
      expect(held && decodeUtf8(held.reveal()) === CANARY).toBe(true);
    }
    expect(leaks(`${JSON.stringify({ ...document })}${printed(document.config)}`)).toBe(false);
    expect(printed(document.config)).toContain("[2 config keys, not shown]");
  });

  it("at any truncation", () => {
    for (let end = 0; end < VALID.length; end++) {
      expect(refusal(() => parseCredentials(VALID.slice(0, end))).message).toMatch(
        /^credentials(:\d+:\d+)?: /,
      );
    }
  });

  it("when any one character is missing, doubled, or one of the characters of JSON", () => {
    for (let i = 0; i < VALID.length; i++) {
      const [before, after] = [VALID.slice(0, i), VALID.slice(i + 1)];
      for (const middle of ["", VALID.charAt(i).repeat(2), ..."\"'“’,:{}[]\\\n "])
        check(before + middle + after);
    }
  }, 60_000);

  it("after random mutations", () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 5 }), (mutations) => {
        check(
          mutations.reduce((text, m) => text.slice(0, m.at) + m.piece + text.slice(m.at + m.length), VALID),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("except where a mutation makes a piece of it a key of plain words", () => {
    check(VALID.replace(/"username".*\n {2}"HTTPS/, '"qzvxj-HTTPS'));
  });

  it("except where a mutation makes it the name of a CA file", () => {
    check(VALID.replace(/false, "prefix": .*\n.*password": /, ""));
  });

  it("in a key or a value, when pieces of the document are missing", () => {
    const text = fc.constantFrom(`"${CANARY}"`, `“${CANARY}”`, '"password"', '"username"', '"300:a/b"');
    const value = fc.oneof(text, fc.constantFrom("1", "True", CANARY, `["${CANARY}"]`));
    const entry = fc.tuple(text, fc.constant(":"), value, fc.constantFrom(",", "\n", ",\n"));
    const missing = fc.array(fc.nat(24), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), missing, (entries, gaps) => {
        const tokens = ["{", ...entries.flat().slice(0, -1), "}"];
        check(tokens.filter((_, i) => !gaps.includes(i)).join(""));
      }),
      { numRuns: 1000 },
    );
  });
});
