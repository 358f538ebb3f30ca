import { decodeUtf8, HandleError, MAX_INDEX } from "@handlekit/core";
import { decodeLatin1 } from "./decode-bytes.ts";
import { childrenNamed, textOf } from "./find-elements.ts";
import { parseXml, type XmlLimits } from "./parse-xml.ts";
import type { ArdcIdentifier, ArdcMessage, ArdcProperty, ReadResponse, TrustedClient } from "./response.ts";
import type { XmlElement } from "./tree.ts";

/** A list is one document, and some owners have over 100,000 handles. */
const LONGEST_RESPONSE = 16 * 1_048_576;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function unexpected(what: string): HandleError {
  return new HandleError("invalid_value", {
    message: `The XML is no answer of the ARDC Handle service: ${what}.`,
  });
}

function attributeOf(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined) throw unexpected(`an element ${element.name} has no ${name}`);
  return value;
}

function readProperty(element: XmlElement): ArdcProperty {
  const index = attributeOf(element, "index");
  if (!/^\d{1,10}$/.test(index) || Number(index) > MAX_INDEX) {
    throw unexpected(`the index of a property is no number from 0 to ${MAX_INDEX}`);
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
 * Reads an answer of the service, a failure too. Bytes that are no UTF-8, whatever the declaration says, are taken for
 * ISO-8859-1, which the original service writes.
 *
 * @param xml the body, as text or as bytes
 * @param limits its size in bytes (default 16777216) and the depth of its elements (default 64)
 * @returns what it says; `identifiers` is absent for an empty list
 * @throws HandleError `invalid_value` as `parseXml` of `./reader` does, and for XML that is no such answer
 * @example
 * ```ts
 * const { type, identifier, message } = parseResponse(body);
 * if (type === "failure") console.error(message.text);
 * ```
 */
export function parseResponse(xml: string | Uint8Array, limits: XmlLimits = {}): ReadResponse {
  const latin1 = typeof xml !== "string" && decodeUtf8(xml) === undefined;
  const root = parseXml(latin1 ? decodeLatin1(xml) : xml, { maxBytes: LONGEST_RESPONSE, ...limits });
  if (root.name !== "response") throw unexpected("its outermost element is not response");
  const type = attributeOf(root, "type").toLowerCase();
  if (type !== "success" && type !== "failure") throw unexpected("its type is neither success nor failure");

  const [identifier] = childrenNamed(root, "identifier");
  const [list] = childrenNamed(root, "identifiers");
  const [properties] = childrenNamed(root, "properties");
  const [clients] = childrenNamed(root, "trustedclients");
  const timestamp = readTimestamp(root);
  return {
    type,
    ...(identifier ? { identifier: readIdentifier(identifier) } : {}),
    ...(list ? { identifiers: readHandles(list) } : {}),
    ...(properties ? { properties: readNamed(properties) } : {}),
    ...(clients ? { trustedClients: childrenNamed(clients, "client").map(readClient) } : {}),
    ...(timestamp ? { timestamp } : {}),
    message: readMessage(root),
  };
}
