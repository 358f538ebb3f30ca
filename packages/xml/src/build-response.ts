import { MAX_INDEX } from "@handlekit/core";
import { attribute, documentOf, elementLines } from "./layout.ts";
import type { ArdcIdentifier, ArdcProperty, ArdcResponse, TrustedClient } from "./response.ts";
import { contentText, unwritable } from "./write-xml.ts";

const INDENT = "    ";

function propertyLine({ index, type, value }: ArdcProperty): string {
  if (!Number.isInteger(index) || index < 0 || index > MAX_INDEX) {
    throw unwritable(`the index of a property is not a whole number from 0 to ${MAX_INDEX}`);
  }
  const where = `the property at index ${index}`;
  return `<property index="${index}"${attribute("type", type, `the type of ${where}`)}${attribute("value", value, where)}/>`;
}

function identifierLines({ handle, properties }: ArdcIdentifier): string[] {
  const ascending = properties.toSorted((a, b) => a.index - b.index);
  return elementLines(
    "identifier",
    attribute("handle", handle, "the handle"),
    ascending.map(propertyLine),
    INDENT,
  );
}

function namedLine([name, value]: readonly [string, string]): string {
  const where = attribute("name", name, "the name of a property");
  return `<property${where}${attribute("value", value, "the value of a property")}/>`;
}

function clientLine({ appId, desc, ip }: TrustedClient): string {
  const description = attribute("desc", desc, "the desc of a client");
  return `<client${attribute("appId", appId, "the appId of a client")}${description}${attribute("ip", ip, "the ip of a client")}/>`;
}

function contentLines({ identifier, identifiers, properties, trustedClients }: ArdcResponse): string[] {
  const handles = (identifiers ?? []).flatMap((handle) => identifierLines({ handle, properties: [] }));
  return [
    ...(identifier ? identifierLines(identifier) : []),
    ...(handles.length > 0 ? elementLines("identifiers", "", handles, INDENT) : []),
    ...(properties ? elementLines("properties", "", [...properties].map(namedLine), INDENT) : []),
    ...(trustedClients ? elementLines("trustedclients", "", trustedClients.map(clientLine), INDENT) : []),
  ];
}

function timeText(time: Date): string {
  const text = Number.isNaN(time.getTime()) ? "" : time.toISOString();
  if (!/^\d{4}-/.test(text)) throw unwritable("the timestamp is no time of the years 0 to 9999");
  return text.replace(/\.\d+/, "");
}

/**
 * Writes an answer of the service byte for byte as its clients need it: declaration, indentation, attributes in
 * alphabetical order and no others, properties by ascending index, an empty list left out.
 *
 * @param response the verdict, its content, when, and the message
 * @returns the document with its declaration, to be sent as UTF-8
 * @throws HandleError `invalid_value` for an index that is none, an invalid time, and, with its position, a character
 *   that XML cannot hold; no value is quoted
 * @example
 * ```ts
 * const message = { type: "user", text: "Authentication Failed" } as const;
 * buildResponse({ type: "failure", timestamp: new Date(), message });
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function buildResponse(response: ArdcResponse): string {
  const { type, message } = response;
  const lines = [
    ...contentLines(response),
    `<timestamp>${timeText(response.timestamp)}</timestamp>`,
    `<message type="${message.type}">${contentText(message.text, "the message")}</message>`,
  ];
  return documentOf(elementLines("response", ` type="${type}"`, lines, INDENT));
}
