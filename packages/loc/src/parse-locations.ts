import { foldCase, HandleError } from "@handlekit/core";
import { parseXml, writeXml } from "@handlekit/xml/reader";
import { isPlain, type Locations, readLocations } from "./locations.ts";

/** The type to give a new value. */
export const LOC_TYPE = "10320/loc";

/**
 * Tells whether a type is `10320/loc`, in any case of ASCII letters: B2HANDLE writes `10320/LOC`.
 *
 * @param type the type of a handle value
 * @example
 * ```ts
 * isLocType("10320/LOC"); // true
 * ```
 */
export function isLocType(type: string): boolean {
  return foldCase(type) === foldCase(LOC_TYPE);
}

/**
 * Reads the data of a `10320/loc` value.
 *
 * The direct children named `location`, in no namespace, are its locations. All else is kept, and written back.
 *
 * @param xml the data as a text, at most 1 MiB
 * @throws HandleError `invalid_value` when it is not well-formed XML (with line and column), has a DOCTYPE, or its
 *   outermost element is not `locations`, in no namespace
 * @example
 * ```ts
 * const locations = parseLocations('<locations><location id="0" href="https://example.org/"/></locations>');
 * locations.entries[0]?.href; // "https://example.org/"
 * ```
 * @see https://www.doi.org/the-identifier/resources/handbook/3_resolution#3.8.1.3
 */
export function parseLocations(xml: string): Locations {
  const element = parseXml(xml);
  if (isPlain(element, "locations")) return readLocations(element);
  throw new HandleError("invalid_value", {
    message: "The XML is no 10320/loc value: its outermost element is not <locations>, without a namespace.",
    hint: 'Write <locations><location id="0" href="https://example.org/"/></locations>.',
  });
}

/**
 * Writes locations as the data of a `10320/loc` value: no XML declaration, everything in its order.
 *
 * @param locations what {@link parseLocations} or an edit gave
 * @throws HandleError `invalid_value` for an attribute set by hand that XML cannot hold
 * @example
 * ```ts
 * formatLocations(addLocation(createLocations(), "https://example.org/"));
 * // '<locations><location id="0" href="https://example.org/"/></locations>'
 * ```
 */
export function formatLocations(locations: Locations): string {
  return writeXml(locations.element);
}
