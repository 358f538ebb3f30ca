import { decodeUtf8, encodeUtf8, isHandleError, secret } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArdcRequest, buildRequest, parseRequest, type RequestProperties } from "../src/mod.ts";
import { refusal } from "./refusal.ts";
import { anyMarkup, anyText } from "./trees.ts";
import { VECTORS } from "./vectors.ts";

const CANARY = "S3CR3T";

/** A request with its secret in the open, to be compared. */
function plain({ name, properties }: ArdcRequest): unknown {
  const { sharedSecret, ...others } = properties;
  return { name, ...others, sharedSecret: sharedSecret && decodeUtf8(sharedSecret.reveal()) };
}

const someText = anyText.filter((text) => text !== "");
const anyRequest: fc.Arbitrary<ArdcRequest> = fc.record(
  {
    name: anyText,
    properties: fc.record(
      {
        appId: someText,
        sharedSecret: someText.map((text) => secret(text)),
        identifier: someText,
        authDomain: someText,
        authType: someText,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["properties"] },
);

const read = (text: string) => plain(parseRequest(text));

describe("buildRequest", () => {
  it("writes the properties in ARDC's order", () => {
    const properties: RequestProperties = {
      authType: "SSLHost",
      authDomain: "example.org",
      identifier: 'O\'Neil & "Co" <x>',
      sharedSecret: secret(`${CANARY}&1`),
      appId: "9b310b815997d2d3123456565f253b0e75e970f0",
    };
    expect(buildRequest({ name: "mint", properties }).replace(CANARY, "…")).toBe(
      `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<request name="mint">
  <properties>
    <property name="appId" value="9b310b815997d2d3123456565f253b0e75e970f0"/>
    <property name="sharedSecret" value="…&amp;1"/>
    <property name="identifier" value="O'Neil &amp; &quot;Co&quot; &lt;x&gt;"/>
    <property name="authDomain" value="example.org"/>
    <property name="authType" value="SSLHost"/>
  </properties>
</request>
`,
    );
  });

  it("leaves out undefined properties", () => {
    expect(
      buildRequest({ properties: { authType: undefined } })
        .split("\n")
        .slice(1, -1),
    ).toEqual(["<request>", "  <properties/>", "</request>"]);
  });

  it.each<[string, ArdcRequest, string]>([
    [
      "a control character, with its position",
      { properties: { identifier: `${CANARY}\u0001` } },
      "character 7 of the property identifier is U+0001",
    ],
    [
      "one in the secret",
      { properties: { sharedSecret: secret(`\u{1f600}\0${CANARY}`) } },
      "character 2 of the property sharedSecret is U+0000",
    ],
    ["a lone surrogate", { properties: { authDomain: "\ud800" } }, "of the property authDomain is U+D800"],
    [
      "one in the name",
      { name: "\u000b", properties: {} },
      "character 1 of the name of the request is U+000B",
    ],
    ["an empty property", { properties: { appId: "" } }, "the property appId is empty"],
    [
      "a secret that is not UTF-8",
      { properties: { sharedSecret: secret(Uint8Array.of(0xff)) } },
      "the property sharedSecret is not UTF-8",
    ],
  ])("refuses %s", (_, request, message) => {
    const error = refusal(() => buildRequest(request));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(CANARY);
  });

  it("writes documents that parseRequest reads back", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(read(buildRequest(request))).toEqual(plain(request));
        expect(plain(parseRequest(encodeUtf8(buildRequest(request))))).toEqual(plain(request));
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseRequest", () => {
  const pair = (name: string, value: string) => `<property name="${name}" value="${value}"/>`;

  it.each([
    ["at the root", `<properties>${pair("identifier", "a")}</properties>`],
    ["deep under any root", `<x><y/><z><properties><p>${pair("identifier", "a")}</p></properties></z></x>`],
    [
      "in the first of two lists",
      `<r><properties>${pair("identifier", "a")}</properties><properties>${pair("identifier", "b")}</properties></r>`,
    ],
    [
      "the later of two",
      `<r><properties>${pair("identifier", "b")}${pair("identifier", "a")}</properties></r>`,
    ],
    [
      "not an empty one, nor one without a name",
      `<r><properties>${pair("identifier", "a")}${pair("identifier", "")}${pair("", "b")}<property value="c"/></properties></r>`,
    ],
    [
      "with attributes in another order, and unknown ones",
      `<r><properties q="1"><property value="a" type="b" name="identifier"/>${pair("colour", "c")}</properties></r>`,
    ],
    [
      "outside of CDATA and comments",
      `<r><![CDATA[<properties/>]]><!--<properties/>--><properties>${pair("identifier", "a")}</properties></r>`,
    ],
  ])("finds properties %s", (_, text) => {
    expect(read(text)).toEqual({ identifier: "a" });
  });

  it("keeps tabs and line ends that are written as references", () => {
    const text = `<r><properties>${pair("identifier", "a&#9;&#10;&#13;b")}</properties></r>`;
    expect(read(text)).toEqual({ identifier: "a\t\n\rb" });
  });

  it("reads a body without properties", () => {
    expect(read("<r/>")).toEqual({});
    expect(read('<request name="x"/>')).toEqual({ name: "x" });
  });

  it("ignores properties named like members of Object.prototype", () => {
    const text = `<r><properties>${pair("__proto__", "a")}${pair("constructor", "b")}</properties></r>`;
    expect(Object.keys(parseRequest(text).properties)).toEqual([]);
    expect(Object.getPrototypeOf(parseRequest(text).properties)).toBe(Object.prototype);
  });

  it("does not print the secret", () => {
    const { properties } = parseRequest(`<r><properties>${pair("sharedSecret", CANARY)}</properties></r>`);
    expect(JSON.stringify(properties).includes(CANARY)).toBe(false);
    expect(decodeUtf8(properties.sharedSecret?.reveal() ?? new Uint8Array()) === CANARY).toBe(true);
  });

  it("refuses a DOCTYPE and a document over a limit", () => {
    const bomb = `<!DOCTYPE r [<!ENTITY a "${CANARY}">]><r>&a;</r>`;
    expect(refusal(() => parseRequest(bomb)).message).toContain("a DOCTYPE is not allowed");
    expect(refusal(() => parseRequest("<r/>", { maxBytes: 3 })).message).toContain("larger than 3 bytes");
    expect(refusal(() => parseRequest("<r><r/></r>", { maxDepth: 1 })).message).toContain("deeper than 1");
    expect(refusal(() => parseRequest("<r/>".padEnd(1_048_577))).message).toContain("larger than 1048576");
  });

  it("throws nothing but HandleError, whatever it is given", () => {
    const onlyHandleError = (text: string | Uint8Array) => {
      try {
        parseRequest(text);
      } catch (error) {
        if (!isHandleError(error, "invalid_value")) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array(), onlyHandleError));
    fc.assert(fc.property(anyMarkup, (text) => onlyHandleError(`<request>${text}</request>`)));
    fc.assert(fc.property(anyMarkup, (text) => onlyHandleError(encodeUtf8(text))));
  });
});

describe("the recorded requests", () => {
  const own = /^(failures: (no body|GET of|raw &|empty identifier)|mint: raido)/;
  const bodies = VECTORS.filter(({ request }) => request !== "");

  it.each(bodies.filter(({ name }) => !own.test(name)))("writes $name byte for byte", ({ request }) => {
    expect(buildRequest(parseRequest(request)) === request).toBe(true);
  });

  it("reads the request that raido sends", () => {
    const raido = bodies.find(({ name }) => name.startsWith("mint: raido"))?.request ?? "";
    expect(read(raido)).toEqual({ name: "mint", identifier: "raid", authDomain: "raid.example.org" });
  });

  it("ignores an empty identifier, and refuses a bare &", () => {
    const of = (name: string) => bodies.find((each) => each.name === `failures: ${name}`)?.request ?? "";
    expect(parseRequest(of("empty identifier value")).properties.identifier).toBeUndefined();
    expect(refusal(() => parseRequest(of("raw & in a property value"))).code).toBe("invalid_value");
    expect(refusal(() => parseRequest("")).code).toBe("invalid_value");
  });
});
