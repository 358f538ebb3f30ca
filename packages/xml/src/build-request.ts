import { decodeUtf8, type Secret } from "@handlekit/core";
import { attribute, documentOf, elementLines } from "./layout.ts";
import { type ArdcRequest, PROPERTY_NAMES } from "./request.ts";
import { unwritable } from "./write-xml.ts";

const INDENT = "  ";

function textOf(value: string | Secret, name: string): string {
  const text = typeof value === "string" ? value : decodeUtf8(value.reveal());
  if (text === undefined) throw unwritable(`the property ${name} is not UTF-8`);
  // A reader takes an empty property for one that is not there.
  if (text === "") throw unwritable(`the property ${name} is empty`);
  return text;
}

/**
 * Writes the body of a request, which says who asks: properties in ARDC's order, every value escaped.
 * The shared secret stands in it in plain text.
 *
 * @param request the name of the service and the properties; what is undefined is left out
 * @returns the document with its declaration, to be sent as UTF-8
 * @throws HandleError `invalid_value` for an empty property, a secret that is not UTF-8, and, with its position, a
 *   character that XML cannot hold; no value is quoted
 * @example
 * ```ts
 * buildRequest({ name: "mint", properties: { appId, identifier: "ExampleUser", authDomain: "example.org" } });
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function buildRequest({ name, properties }: ArdcRequest): string {
  const lines = PROPERTY_NAMES.flatMap((key) => {
    const value = properties[key];
    if (value === undefined) return [];
    const written = attribute("value", textOf(value, key), `the property ${key}`);
    return [`<property name="${key}"${written}/>`];
  });
  const named = name === undefined ? "" : attribute("name", name, "the name of the request");
  const inner = elementLines("properties", "", lines, INDENT);
  return documentOf(elementLines("request", named, inner, INDENT));
}
