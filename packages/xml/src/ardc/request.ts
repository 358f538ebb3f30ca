import { checkArgument, checkOptions, checkSecret, decodeUtf8, type Secret, secret } from "@handlekit/core";
import { unwritable } from "../document/faults.ts";
import { checkInput, readDocument, type XmlLimits } from "../document/parse-xml.ts";
import { descendants, type XmlElement } from "../document/tree.ts";
import { attribute, documentOf, elementLines } from "./layout.ts";

const INDENT = "  ";
/** The properties in the order in which ARDC documents them. */
const PROPERTY_NAMES = ["appId", "sharedSecret", "identifier", "authDomain", "authType"] as const;
const TEXT = ["string", "undefined"] as const;

/** The properties of a request, which identify the caller. */
export interface RequestProperties {
  /** Identifies the institution: 40 hexadecimal digits, issued by ARDC. */
  readonly appId?: string | undefined;
  /** The secret of the institution, when it is not in a header; UTF-8. */
  readonly sharedSecret?: Secret | undefined;
  /** The owner of the handles, together with `authDomain`; any text. */
  readonly identifier?: string | undefined;
  /** The domain of the identifier: a host name or any other text. */
  readonly authDomain?: string | undefined;
  /** `SSLHost` in some clients; has no effect. */
  readonly authType?: string | undefined;
}

/** The body of a request. The operation is in the URL, not here. */
export interface ArdcRequest {
  /** By convention the name of the operation, such as `mint`; has no effect. */
  readonly name?: string | undefined;
  readonly properties: RequestProperties;
}

function textOf(value: string | Secret, name: string): string {
  const text = typeof value === "string" ? value : decodeUtf8(value.reveal());
  if (text === undefined) throw unwritable(`the property ${name} is not UTF-8`);
  // A reader ignores an empty property.
  if (text === "") throw unwritable(`the property ${name} is empty`);
  return text;
}

function checkRequest(request: ArdcRequest): void {
  checkOptions("buildRequest", request, { name: TEXT, properties: ["object"] });
  const { properties } = request;
  for (const name of PROPERTY_NAMES) {
    if (name !== "sharedSecret")
      checkArgument("buildRequest", `the property ${name}`, properties[name], TEXT);
  }
  const { sharedSecret } = properties;
  if (sharedSecret !== undefined) checkSecret("buildRequest", "the property sharedSecret", sharedSecret);
}

/**
 * Writes the body of a request: the properties in ARDC's order, every value escaped. The shared secret is in it as plain
 * text.
 *
 * @param request the name of the operation and the properties; undefined ones are left out
 * @returns the document with its XML declaration, to be sent as UTF-8
 * @throws HandleError `invalid_value` for an empty property, a secret that is not UTF-8 and a character that XML does not
 *   allow (the message has its position); `invalid_options` for a property of the wrong kind. No value is quoted
 * @example
 * ```ts
 * buildRequest({ name: "mint", properties: { appId, identifier: "ExampleUser", authDomain: "example.org" } });
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function buildRequest(request: ArdcRequest): string {
  checkRequest(request);
  const { name, properties } = request;
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

function readPairs(elements: readonly XmlElement[]): ReadonlyMap<string, string> {
  const list = elements.find(({ name }) => name === "properties");
  const pairs = new Map<string, string>();
  for (const { name, attributes } of list ? descendants(list) : []) {
    const [key = "", value = ""] = [attributes.get("name"), attributes.get("value")];
    if (name === "property" && key !== "" && value !== "") pairs.set(key, value);
  }
  return pairs;
}

/**
 * Reads the body of a request as the service does: the first `properties` at any depth under any root element. Of two
 * properties of the same name the later one counts; empty ones and those that {@link RequestProperties} does not have
 * are ignored. A body without `properties` has none.
 *
 * @param xml the body, as a string or as bytes
 * @param limits the size in bytes (default 1048576) and the depth of elements (default 64)
 * @throws HandleError `invalid_value` and `invalid_options` as `parseXml` of `./reader` does
 * @example
 * ```ts
 * const { properties } = parseRequest(body);
 * properties.identifier; // "ExampleUser"
 * ```
 */
export function parseRequest(xml: string | Uint8Array, limits: XmlLimits = {}): ArdcRequest {
  checkInput("parseRequest", xml, limits);
  const root = readDocument(xml, limits);
  const elements = [root, ...descendants(root)];
  const name = elements.find((element) => element.name === "request")?.attributes.get("name");
  const pairs = readPairs(elements);
  const properties: RequestProperties = Object.fromEntries(
    PROPERTY_NAMES.flatMap((key) => {
      const value = pairs.get(key);
      if (value === undefined) return [];
      return [[key, key === "sharedSecret" ? secret(value) : value]];
    }),
  );
  return { name, properties };
}
