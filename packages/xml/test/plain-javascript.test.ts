import { secret } from "@handlekit/core";
import * as xml from "@handlekit/xml";
import * as reader from "@handlekit/xml/reader";
import { describe, expect, it } from "vitest";
import { refusal } from "./refusal.ts";

const CANARY = "S3CR3T";
const untyped = { ...xml, ...reader } as unknown as Record<string, (...values: unknown[]) => unknown>;
const call = (name: string, ...values: unknown[]) => refusal(() => untyped[name]?.(...values));
const response = { type: "success", timestamp: new Date(0), message: { type: "user", text: "" } };
const element = { type: "element", name: "r", attributes: new Map(), children: [] };
const identifier = { handle: "a/1", properties: [] };

describe("a wrong argument is invalid_options, in words", () => {
  it.each<[string, unknown[], string]>([
    ["buildRequest", [], "its options argument is missing"],
    ["buildRequest", [CANARY, { appId: CANARY }], "its options argument is a string"],
    ["buildRequest", [{ appId: CANARY }], "the option properties is missing"],
    ["buildRequest", [{ name: 1, properties: {} }], "the option name is a number"],
    ["buildRequest", [{ properties: { appId: 1 } }], "the property appId is a number"],
    ["buildRequest", [{ properties: { identifier: null } }], "the property identifier is null"],
    ["buildRequest", [{ properties: { authDomain: [CANARY] } }], "the property authDomain is an array"],
    [
      "buildRequest",
      [{ properties: { sharedSecret: CANARY } }],
      "the property sharedSecret must be a Secret",
    ],
    ["buildRequest", [{ properties: { sharedSecret: {} } }], "the property sharedSecret must be a Secret"],
    ["buildRequest", [{ properties: { appId: secret(CANARY) } }], "the property appId is an object"],
    ["parseRequest", [], "xml is missing"],
    ["parseRequest", [{ maxBytes: 1 }, "<r/>"], "xml is an object"],
    ["parseRequest", ["<r/>", 1000], "its options argument is a number"],
    ["parseRequest", ["<r/>", { maxDepth: "1" }], "the option maxDepth is a string"],
    ["parseResponse", [null], "xml is null"],
    ["parseResponse", [Promise.resolve("")], "xml is an object"],
    ["parseResponse", ["<r/>", { maxBytes: Number.NaN }], "the option maxBytes is NaN"],
    ["buildResponse", [], "its options argument is missing"],
    ["buildResponse", ["success", {}], "its options argument is a string"],
    ["buildResponse", [{ ...response, type: undefined }], "the option type is missing"],
    ["buildResponse", [{ ...response, type: CANARY }], "the option type must be success or failure"],
    ["buildResponse", [{ ...response, timestamp: undefined }], "the option timestamp is missing"],
    ["buildResponse", [{ ...response, timestamp: 1000 }], "the option timestamp is a number"],
    ["buildResponse", [{ ...response, timestamp: {} }], "the option timestamp is not a Date"],
    ["buildResponse", [{ ...response, message: CANARY }], "the option message is a string"],
    ["buildResponse", [{ ...response, message: {} }], "the option message.type is missing"],
    ["buildResponse", [{ ...response, message: { type: "user" } }], "the message is missing"],
    ["buildResponse", [{ ...response, identifier: CANARY }], "the option identifier is a string"],
    [
      "buildResponse",
      [{ ...response, identifier: { handle: "a/1" } }],
      "the option identifier.properties is missing",
    ],
    ["buildResponse", [{ ...response, identifier: { properties: [] } }], "the handle is missing"],
    [
      "buildResponse",
      [{ ...response, identifier: { ...identifier, properties: [CANARY] } }],
      "an element of the option identifier.properties is a string",
    ],
    [
      "buildResponse",
      [{ ...response, identifier: { ...identifier, properties: [{ index: 1, type: "URL" }] } }],
      "the property at index 1 is missing",
    ],
    ["buildResponse", [{ ...response, identifiers: CANARY }], "the option identifiers is a string"],
    ["buildResponse", [{ ...response, identifiers: [1] }], "the handle is a number"],
    ["buildResponse", [{ ...response, properties: { a: CANARY } }], "the option properties is not a Map"],
    [
      "buildResponse",
      [{ ...response, properties: new Map([["a", 1]]) }],
      "the value of a property is a number",
    ],
    ["buildResponse", [{ ...response, trustedClients: {} }], "the option trustedClients is an object"],
    [
      "buildResponse",
      [{ ...response, trustedClients: [null] }],
      "an element of the option trustedClients is null",
    ],
    ["buildResponse", [{ ...response, trustedClients: [{ appId: "a" }] }], "the desc of a client is missing"],
    ["findForbidden", [], "text is missing"],
    ["replaceForbidden", [1], "text is a number"],
    ["replaceForbidden", ["a", null], "by is null"],
    ["parseXml", [], "xml is missing"],
    ["parseXml", ["<r/>", null], "its options argument is null"],
    ["parseXml", ["<r/>", { maxBytes: "1" }], "the option maxBytes is a string"],
    ["writeXml", [], "element is missing"],
    ["writeXml", [CANARY], "element is a string"],
    ["writeXml", [{ ...element, name: undefined }], "the name of an element is missing"],
    [
      "writeXml",
      [{ ...element, attributes: { a: CANARY } }],
      'the attributes of the element "r" are not a Map',
    ],
    ["writeXml", [{ ...element, attributes: new Map([["a", 1]]) }], "the attribute a of r is a number"],
    ["writeXml", [{ ...element, children: undefined }], 'children of the element "r" is missing'],
    ["writeXml", [{ ...element, children: [CANARY] }], "a node of the tree is a string"],
    ["writeXml", [{ ...element, children: [undefined] }], "a node of the tree is missing"],
    ["writeXml", [{ ...element, children: [null] }], "a node of the tree is null"],
    [
      "writeXml",
      [{ ...element, children: [{ type: CANARY }] }],
      "the type of a node of the tree is not known",
    ],
    ["writeXml", [{ ...element, children: [{ type: "text" }] }], "the text is missing"],
    ["writeXml", [{ ...element, children: [{ type: "comment", text: 1 }] }], "a comment is a number"],
    ["escapeAttribute", [], "value is missing"],
    ["escapeText", [null], "text is null"],
  ])("%s: %#", (name, values, message) => {
    const error = call(name, ...values);
    expect(error.code).toBe("invalid_options");
    expect(error.message).toContain(message);
    expect(`${error.message}${error.hint}`).not.toContain(CANARY);
  });

  it("covers every function", () => {
    const names = Object.keys(untyped).filter((name) => typeof untyped[name] === "function");
    expect(names.sort()).toEqual([
      "buildRequest",
      "buildResponse",
      "escapeAttribute",
      "escapeText",
      "findForbidden",
      "parseRequest",
      "parseResponse",
      "parseXml",
      "replaceForbidden",
      "writeXml",
    ]);
  });
});
