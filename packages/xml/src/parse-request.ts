import { secret } from "@handlekit/core";
import { descendants } from "./find-elements.ts";
import { parseXml, type XmlLimits } from "./parse-xml.ts";
import { type ArdcRequest, PROPERTY_NAMES, type RequestProperties } from "./request.ts";
import type { XmlElement } from "./tree.ts";

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
 * Reads the body of a request as the service does: the first `properties` at any depth under any root, a later
 * property of the same name before an earlier one, empty ones left out, others than those of
 * {@link RequestProperties} passed over. A body without `properties` has none.
 *
 * @param xml the body, as text or as bytes
 * @param limits its size in bytes (default 1048576) and the depth of its elements (default 64)
 * @throws HandleError `invalid_value` as `parseXml` of `./reader` does: not well-formed, a DOCTYPE, over a limit
 * @example
 * ```ts
 * const { properties } = parseRequest(body);
 * properties.identifier; // "ExampleUser"
 * ```
 */
export function parseRequest(xml: string | Uint8Array, limits: XmlLimits = {}): ArdcRequest {
  const root = parseXml(xml, limits);
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
  return { ...(name === undefined ? {} : { name }), properties };
}
