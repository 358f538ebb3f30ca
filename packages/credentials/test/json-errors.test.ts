import { describe, expect, it } from "vitest";
import { parseCredentials } from "../src/mod.ts";
import { CANARY, refusal } from "./canary.ts";

const messageOf = (text: string) => refusal(() => parseCredentials(text, { source: "c.json" })).message;
const QUOTE = 'a double quote is missing, or one inside the text is not written \\"';

describe("the message about broken JSON", () => {
  it("gives line and column of a missing comma, and the known key after it", () => {
    const text = `{\n  "username": "300:foo/bar"\n  "password": "${CANARY}"\n}`;
    expect(messageOf(text)).toBe('c.json:3:3: a comma is missing before "password"');
    expect(messageOf(text.replaceAll("\n", "\r\n"))).toBe('c.json:3:3: a comma is missing before "password"');
    expect(messageOf(text.replaceAll('"', "”"))).toBe('c.json:3:3: a comma is missing before "password"');
  });

  it("does not name an unknown key", () => {
    expect(messageOf(`{"prefix": "21.1" "${CANARY}": 1}`)).toBe(
      "c.json:1:19: a comma is missing before this key",
    );
    expect(messageOf(`{"password" "${CANARY}"}`)).toBe(
      `c.json:1:13: a colon is missing between a key and its value; or ${QUOTE}`,
    );
  });

  it.each([
    [
      "a missing opening quote",
      `{"password": ${CANARY}"}`,
      `1:14: there is text outside of quotes: ${QUOTE}`,
    ],
    [
      "a missing closing quote",
      `{\n"password": "${CANARY}\n}`,
      "2:13: the text that begins here has no closing quote on its line",
    ],
    [
      "a missing closing quote before another string",
      `{"password": "${CANARY}, "prefix": "21.1"}`,
      `1:35: there is text outside of quotes: ${QUOTE}`,
    ],
    [
      "a plain quote that a typographic one is to close",
      `{"password": "${CANARY}”}`,
      "1:14: the text that begins here has no closing quote on its line; a typographic quote does not close a plain one",
    ],
    [
      "a quote inside a value",
      `{"password": "ab"${CANARY}"}`,
      `1:18: there is text outside of quotes: ${QUOTE}`,
    ],
    [
      "single quotes",
      `{'password': '${CANARY}'}`,
      '1:2: text must be in double quotes ("); another kind of quote is used here',
    ],
    [
      "a trailing comma",
      `{"password": "${CANARY}",\n}`,
      "1:33: the comma after the last entry is not allowed in JSON",
    ],
    [
      "a trailing comma in a list",
      '{"a": [1, 2, ]}',
      "1:12: the comma after the last entry is not allowed in JSON",
    ],
    ["a comma too many", '{"a": 1,, "b": 2}', "1:9: there is one comma too many, or nothing before it"],
    ["a missing value", '{"a": }', "1:7: a value is missing here"],
    ["a missing key", '{"a": 1, {}: 2}', "1:10: a key in double quotes is expected here"],
    [
      "an early end",
      `{"password": "${CANARY}"\n`,
      "1:33: the text ends too early: a closing } or ] is missing",
    ],
    ["more after the end", `{}\n${CANARY}`, "2:1: there is something after the end of the JSON object"],
    ["a second closing brace", "{}}", "1:3: there is something after the end of the JSON object"],
    ["a comment", `{"a": 1 /* ${CANARY} */}`, "1:9: comments are not allowed in JSON"],
    ["a comment without an end", `{"a": 1 /* ${CANARY}`, "1:9: comments are not allowed in JSON"],
    [
      "Python's False",
      '{"HTTPS_verify": False}',
      "1:18: true, false and null must be written in lower case and without quotes",
    ],
    [
      "a backslash",
      `{"private_key": "C:\\keys\\${CANARY}"}`,
      "1:17: the text that begins here has a backslash that must be written \\\\ (or / in a path)",
    ],
    [
      "a bad \\u",
      `{"password": "\\u12${CANARY}"}`,
      "1:14: the text that begins here has \\u without four hexadecimal digits",
    ],
    [
      "a tab in a value",
      `{"password": "\t${CANARY}"}`,
      "1:14: the text that begins here contains a tab or another control character; write \\t",
    ],
    ["an incomplete number", '{"a": 1.}', "1:7: the number that begins here is incomplete"],
    [
      "a no-break space",
      '{\u00a0"a": 1}',
      "1:2: a special space (U+00A0), as copied from a web page, is used here; JSON allows only plain spaces",
    ],
    ["a list", `["${CANARY}"]`, "1:1: a JSON object, { ... }, is expected here"],
    ["text that is not JSON", `\n ${CANARY}`, "2:2: a JSON object, { ... }, is expected here"],
  ])("says what is likely wrong and where: %s", (_, text, message) => {
    expect(messageOf(text)).toBe(`c.json:${message}`);
  });

  it("refuses a text that is empty or too long", () => {
    expect(messageOf("\uFEFF \n")).toBe("c.json: the text is empty");
    expect(messageOf(`{"a": "${" ".repeat(1_048_576)}"}`)).toBe(
      "c.json: the text is longer than 1048576 characters",
    );
  });

  it("refuses a key that appears twice, at any depth", () => {
    expect(messageOf(`{"password": "${CANARY}",\n "a": 1,\n "password": "${CANARY}"}`)).toBe(
      'c.json:3:2: the key "password" appears twice, first on line 1',
    );
    expect(messageOf(`{"a": [{"${CANARY}": 1,\n"${CANARY}": 2}]}`)).toBe(
      "c.json:2:1: this key appears twice, first on line 1",
    );
  });

  it("refuses deep nesting before a recursive parser reads it", () => {
    expect(messageOf(`{"a": ${"[".repeat(500_000)}`)).toBe(
      "c.json:1:70: more than 64 brackets are nested here",
    );
    expect(parseCredentials(`{"a": ${"[".repeat(63)}"[[["${"]".repeat(63)}}`).config.a).toBeDefined();
  });

  it("counts a character outside of the basic plane as one column, and no byte order mark", () => {
    expect(messageOf('\uFEFF{"🔑": 1 "a": 2}')).toBe("c.json:1:9: a comma is missing before this key");
  });

  it('calls a text without a source "credentials"', () => {
    expect(refusal(() => parseCredentials("[]")).message).toBe(
      "credentials:1:1: a JSON object, { ... }, is expected here",
    );
  });
});
