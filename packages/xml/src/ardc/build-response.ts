import { checkArgument, checkOptions, invalidOptions, MAX_INDEX } from "@handlekit/core";
import { unwritable } from "../document/faults.ts";
import { contentText } from "../document/write-xml.ts";
import { attribute, documentOf, elementLines } from "./layout.ts";
import type { ArdcIdentifier, ArdcProperty, ArdcResponse, TrustedClient } from "./response.ts";

const INDENT = "    ";
const CALLER = "buildResponse";

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
  if (!/^\d{4}-/.test(text)) throw unwritable("the timestamp is not a time of the years 0 to 9999");
  return text.replace(/\.\d+/, "");
}

function checkWord(what: string, value: string, words: readonly string[]): void {
  checkArgument(CALLER, what, value, ["string"]);
  if (!words.includes(value)) throw invalidOptions(`${CALLER}: ${what} must be ${words.join(" or ")}.`);
}

/** Checks the kinds of all members but the texts, which are checked when they are escaped. */
function checkResponse(response: ArdcResponse): void {
  checkOptions(CALLER, response, {
    type: ["string"],
    identifier: ["object", "undefined"],
    identifiers: ["array", "undefined"],
    properties: ["object", "undefined"],
    trustedClients: ["array", "undefined"],
    timestamp: ["object"],
    message: ["object"],
  });
  const { type, identifier, properties, trustedClients = [], timestamp, message } = response;
  checkWord("the option type", type, ["success", "failure"]);
  checkWord("the option message.type", message.type, ["user", "system"]);
  if (!(timestamp instanceof Date)) throw invalidOptions(`${CALLER}: the option timestamp is not a Date.`);
  if (identifier) checkArgument(CALLER, "the option identifier.properties", identifier.properties, ["array"]);
  for (const each of identifier?.properties ?? []) {
    checkArgument(CALLER, "an element of the option identifier.properties", each, ["object"]);
  }
  for (const each of trustedClients) {
    checkArgument(CALLER, "an element of the option trustedClients", each, ["object"]);
  }
  if (properties === undefined || Symbol.iterator in properties) return;
  throw invalidOptions(`${CALLER}: the option properties is not a Map.`, "Give new Map([[name, value]]).");
}

/**
 * Writes a response of the service byte for byte as its clients expect it: declaration, indentation, attributes in
 * alphabetical order and no others, properties by ascending index, an empty list left out.
 *
 * @param response the outcome, its content, the time and the message
 * @returns the document with its XML declaration, to be sent as UTF-8
 * @throws HandleError `invalid_value` for an index that is out of range, an invalid time and a character that XML does
 *   not allow (the message has its position); `invalid_options` for a member of the wrong kind. No value is quoted
 * @example
 * ```ts
 * const message = { type: "user", text: "Authentication Failed" } as const;
 * buildResponse({ type: "failure", timestamp: new Date(), message });
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function buildResponse(response: ArdcResponse): string {
  checkResponse(response);
  const { type, message } = response;
  const lines = [
    ...contentLines(response),
    `<timestamp>${timeText(response.timestamp)}</timestamp>`,
    `<message type="${message.type}">${contentText(message.text, "the message")}</message>`,
  ];
  return documentOf(elementLines("response", ` type="${type}"`, lines, INDENT));
}
