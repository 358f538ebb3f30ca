import { decodeUtf8, type HandleError, invalidValue, MAX_INDEX } from "@handlekit/core";
import { decodeLatin1 } from "../document/decode-bytes.ts";
import { checkInput, readDocument, type XmlLimits } from "../document/parse-xml.ts";
import { childrenNamed, textOf, type XmlElement } from "../document/tree.ts";
import type { ArdcIdentifier, ArdcMessage, ArdcProperty, ReadResponse, TrustedClient } from "./response.ts";

/** A list is one document, and some owners have over 100,000 handles. */
const MAX_RESPONSE = 16 * 1_048_576;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function unexpected(what: string): HandleError {
  return invalidValue(
    `The XML is not a response of the ARDC Handle service: ${what}.`,
    "Check the address: something else may have answered.",
  );
}

function attributeOf(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined) throw unexpected(`an element ${element.name} has no ${name}`);
  return value;
}

function readProperty(element: XmlElement): ArdcProperty {
  const index = attributeOf(element, "index");
  if (!/^\d{1,10}$/.test(index) || Number(index) > MAX_INDEX) {
    throw unexpected(`the index of a property is not a number from 0 to ${MAX_INDEX}`);
  }
  return { index: Number(index), type: attributeOf(element, "type"), value: attributeOf(element, "value") };
}

function readIdentifier(element: XmlElement): ArdcIdentifier {
  const properties = childrenNamed(element, "property").map(readProperty);
  return { handle: attributeOf(element, "handle"), properties };
}

function readNamed(element: XmlElement): ReadonlyMap<string, string> {
  const pairs = childrenNamed(element, "property");
  return new Map(pairs.map((each) => [attributeOf(each, "name"), attributeOf(each, "value")]));
}

function readHandles(element: XmlElement): readonly string[] {
  return childrenNamed(element, "identifier").map((each) => attributeOf(each, "handle"));
}

function readClient(element: XmlElement): TrustedClient {
  return {
    appId: attributeOf(element, "appId"),
    desc: attributeOf(element, "desc"),
    ip: attributeOf(element, "ip"),
  };
}

function readMessage(root: XmlElement): ArdcMessage {
  const [message] = childrenNamed(root, "message");
  const type = message?.attributes.get("type") === "system" ? "system" : "user";
  return { type, text: message ? textOf(message) : "" };
}

function readTimestamp(root: XmlElement): Date | undefined {
  const [element] = childrenNamed(root, "timestamp");
  const text = element ? textOf(element).trim() : "";
  const time = new Date(TIME.test(text) ? text : Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * Reads a response of the service, whether success or failure. Bytes that are not UTF-8 are read as ISO-8859-1, whatever
 * the declaration says, because the original service writes that.
 *
 * @param xml the body, as a string or as bytes
 * @param limits the size in bytes (default 16777216) and the depth of elements (default 64)
 * @returns the members of the response; `identifiers` is undefined for an empty list
 * @throws HandleError `invalid_value` and `invalid_options` as `parseXml` of `./reader` does, and `invalid_value` for XML
 *   that is not such a response
 * @example
 * ```ts
 * const { type, identifier, message } = parseResponse(body);
 * if (type === "failure") console.error(message.text);
 * ```
 */
export function parseResponse(xml: string | Uint8Array, limits: XmlLimits = {}): ReadResponse {
  checkInput("parseResponse", xml, limits);
  const latin1 = typeof xml !== "string" && decodeUtf8(xml) === undefined;
  const { maxBytes = MAX_RESPONSE, maxDepth } = limits;
  const root = readDocument(latin1 ? decodeLatin1(xml) : xml, { maxBytes, maxDepth });
  if (root.name !== "response") throw unexpected("its root element is not response");
  const type = attributeOf(root, "type").toLowerCase();
  if (type !== "success" && type !== "failure") throw unexpected("its type is neither success nor failure");

  const [identifier] = childrenNamed(root, "identifier");
  const [list] = childrenNamed(root, "identifiers");
  const [properties] = childrenNamed(root, "properties");
  const [clients] = childrenNamed(root, "trustedclients");
  return {
    type,
    identifier: identifier && readIdentifier(identifier),
    identifiers: list && readHandles(list),
    properties: properties && readNamed(properties),
    trustedClients: clients && childrenNamed(clients, "client").map(readClient),
    timestamp: readTimestamp(root),
    message: readMessage(root),
  };
}
