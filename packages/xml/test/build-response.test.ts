import { encodeUtf8, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArdcResponse, buildResponse, parseResponse, type ReadResponse } from "../src/mod.ts";
import { parseXml } from "../src/reader.ts";
import { refusal } from "./refusal.ts";
import { anyMarkup, anyText } from "./trees.ts";
import { VECTORS } from "./vectors.ts";

const timestamp = new Date("2026-01-02T03:04:05.678Z");
const message = { type: "user", text: "Request successful" } as const;
const success = (content: Partial<ArdcResponse>): ArdcResponse => ({
  type: "success",
  timestamp,
  message,
  ...content,
});
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

const anyHandle = fc
  .tuple(fc.constantFrom("10378.1", "102.100.100"), anyText)
  .map((parts) => parts.join("/"));
const anyProperty = fc.record({
  index: fc.oneof(fc.nat(300), fc.constantFrom(0, 2147483647)),
  type: fc.oneof(fc.constantFrom("URL", "DESC"), anyText),
  value: anyText,
});
const anyContent: fc.Arbitrary<Partial<ArdcResponse>> = fc.oneof(
  fc.record({ identifier: fc.record({ handle: anyHandle, properties: fc.array(anyProperty) }) }),
  fc.record({ identifiers: fc.array(anyHandle, { minLength: 1 }) }),
  fc.record({ properties: fc.array(fc.tuple(anyText, anyText)).map((pairs) => new Map(pairs)) }),
  fc.record({ trustedClients: fc.array(fc.record({ appId: anyText, desc: anyText, ip: anyText })) }),
  fc.constant({}),
);
const anyResponse: fc.Arbitrary<ArdcResponse> = fc
  .record({
    type: fc.constantFrom("success" as const, "failure" as const),
    timestamp: fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }),
    message: fc.record({ type: fc.constantFrom("user" as const, "system" as const), text: anyText }),
    content: anyContent,
  })
  .map(({ content, ...others }) => ({ ...others, ...content }));

/** The response that a reader returns for one that was written. */
function asRead(response: ArdcResponse): ReadResponse {
  const { identifier } = response;
  const seconds = Math.floor(response.timestamp.getTime() / 1000) * 1000;
  const properties = identifier?.properties.toSorted((a, b) => a.index - b.index) ?? [];
  return {
    ...response,
    identifier: identifier && { ...identifier, properties },
    timestamp: new Date(seconds),
  };
}

describe("buildResponse", () => {
  it("writes a handle with its values by ascending index", () => {
    const properties = [
      { index: 10, type: "DESC", value: "two\nlines\tand < & >" },
      { index: 2, type: "URL", value: 'https://example.org/?a="1"&b' },
    ];
    const text = buildResponse(success({ identifier: { handle: "10378.1/12", properties } }));
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<response type="success">
    <identifier handle="10378.1/12">
        <property index="2" type="URL" value="https://example.org/?a=&quot;1&quot;&amp;b"/>
        <property index="10" type="DESC" value="two&#10;lines&#9;and &lt; &amp; &gt;"/>
    </identifier>
    <timestamp>2026-01-02T03:04:05Z</timestamp>
    <message type="user">Request successful</message>
</response>
`);
  });

  it("leaves out an empty list, and writes a handle without values", () => {
    expect(buildResponse(success({ identifiers: [] }))).not.toContain("identifiers");
    expect(buildResponse(success({ identifier: { handle: "a/1", properties: [] } }))).toContain(
      '\n    <identifier handle="a/1"/>\n',
    );
  });

  it("writes white space before the identifier, and one attribute on it and on the root, for clients that read by position", () => {
    fc.assert(
      fc.property(anyResponse, (response) => {
        const root = parseXml(buildResponse(response));
        expect([...root.attributes.keys()]).toEqual(["type"]);
        expect(root.children[0]).toEqual({ type: "text", text: "\n    " });
        const [first] = root.children.filter((child) => child.type === "element");
        if (!response.identifier) return;
        expect(first?.name).toBe("identifier");
        expect([...(first?.attributes ?? [])]).toEqual([["handle", response.identifier.handle]]);
        expect(root.children[1]).toBe(first);
      }),
    );
  });

  it.each<[string, Partial<ArdcResponse>, string]>([
    [
      "a control character in a value, with its position",
      { identifier: { handle: "a/1", properties: [{ index: 3, type: "DESC", value: "S3CR3T\u0001" }] } },
      "character 7 of the property at index 3 is U+0001",
    ],
    ["one in a handle", { identifiers: ["a/1", "a/\u0002"] }, "character 3 of the handle is U+0002"],
    [
      "one in the message",
      { message: { type: "user", text: "\u001f" } },
      "character 1 of the message is U+001F",
    ],
    [
      "an index below 0",
      { identifier: { handle: "a/1", properties: [{ index: -1, type: "DESC", value: "" }] } },
      "the index of a property",
    ],
    [
      "an index over 2147483647",
      { identifier: { handle: "a/1", properties: [{ index: 2 ** 31, type: "DESC", value: "" }] } },
      "the index of a property",
    ],
    ["an invalid time", { timestamp: new Date(Number.NaN) }, "the timestamp is not a time"],
    [
      "a time after the year 9999",
      { timestamp: new Date(Date.UTC(10_000, 0)) },
      "the timestamp is not a time",
    ],
  ])("refuses %s", (_, content, text) => {
    const error = refusal(() => buildResponse(success(content)));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(text);
    expect(error.message).not.toContain("S3CR3T");
  });

  it("writes documents that parseResponse reads back", () => {
    fc.assert(
      fc.property(anyResponse, (response) => {
        expect(parseResponse(buildResponse(response))).toEqual(asRead(response));
        expect(parseResponse(encodeUtf8(buildResponse(response)))).toEqual(asRead(response));
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseResponse", () => {
  const inner = '<identifier handle="a/1"><property value="é" type="DESC" index="07"/></identifier>';
  const identifier = { handle: "a/1", properties: [{ index: 7, type: "DESC", value: "é" }] };

  it("reads Latin-1 bytes under a declaration of UTF-8, and UTF-8", () => {
    const text = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<response type="success">${inner}</response>`;
    expect(parseResponse(latin1(text)).identifier).toEqual(identifier);
    expect(parseResponse(encodeUtf8(text)).identifier).toEqual(identifier);
    const declared = latin1(text.replace("UTF-8", "ISO-8859-1"));
    expect(parseResponse(declared).identifier).toEqual(identifier);
  });

  it("accepts a response without message, time or white space", () => {
    expect(parseResponse('<response type="SUCCESS"/>')).toEqual({
      type: "success",
      message: { type: "user", text: "" },
    });
    expect(
      parseResponse('<response type="success"><timestamp>soon</timestamp></response>').timestamp,
    ).toBeUndefined();
    const compact =
      '<response type="success"><extra/><identifiers/><message>a<![CDATA[ & ]]>b</message></response>';
    expect(parseResponse(compact)).toEqual({
      type: "success",
      identifiers: [],
      message: { type: "user", text: "a & b" },
    });
  });

  it.each([
    ["another document", "<html/>", "its root element is not response"],
    ["a page", "<!DOCTYPE html><html></html>", "a DOCTYPE is not allowed"],
    ["a response without type", "<response/>", "an element response has no type"],
    ["another type", '<response type="S3CR3T"/>', "neither success nor failure"],
    [
      "an identifier without handle",
      '<response type="success"><identifier/></response>',
      "an element identifier has no handle",
    ],
    [
      "an index that is not a number",
      '<response type="success"><identifier handle="a/1"><property index="x" type="URL" value="v"/></identifier></response>',
      "the index of a property is not a number",
    ],
    [
      "a property without value",
      '<response type="success"><identifier handle="a/1"><property index="1" type="URL"/></identifier></response>',
      "an element property has no value",
    ],
    [
      "the control character that the original writes",
      '<response type="success"><identifier handle="a&#1;"/></response>',
      "names a character that XML does not allow",
    ],
  ])("refuses %s", (_, text, what) => {
    const error = refusal(() => parseResponse(text));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(what);
    expect(error.message).not.toContain("S3CR3T");
  });

  it("reads a list of 100,000 handles, unless a limit is lower", () => {
    const identifiers = Array.from({ length: 100_000 }, (_, i) => `102.100.100/${1_000_000 + i}`);
    const text = buildResponse(success({ identifiers }));
    expect(parseResponse(encodeUtf8(text)).identifiers).toEqual(identifiers);
    expect(parseResponse(text, { maxBytes: undefined, maxDepth: undefined }).identifiers).toHaveLength(
      100_000,
    );
    expect(refusal(() => parseResponse(text, { maxBytes: 1000 })).message).toContain("larger than 1000");
  });

  it("throws nothing but HandleError, whatever it is given", () => {
    const onlyHandleError = (text: string | Uint8Array) => {
      try {
        parseResponse(text);
      } catch (error) {
        if (!isHandleError(error, "invalid_value")) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array(), onlyHandleError));
    fc.assert(fc.property(anyMarkup, (text) => onlyHandleError(latin1(text.replace(/[^\0-\xff]/g, "")))));
    fc.assert(
      fc.property(anyMarkup, (text) => onlyHandleError(`<response type="success">${text}</response>`)),
    );
  });
});

describe("the recorded responses", () => {
  it.each(VECTORS)("writes the one to $name byte for byte", ({ response }) => {
    const read = parseResponse(response);
    expect(buildResponse({ ...read, timestamp: read.timestamp ?? new Date(0) })).toBe(response);
  });

  it("number 79", () => {
    expect(VECTORS).toHaveLength(79);
  });
});
