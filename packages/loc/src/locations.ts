import type { XmlElement, XmlNode } from "@handlekit/xml/reader";

/** One `location` of a `10320/loc` value. */
export interface LocationEntry {
  /** The URL; absent when the location has none, or an empty one. */
  readonly href?: string;
  /** Its id, a text; absent when it has none. */
  readonly id?: string;
  /** Its weight as a number; absent when it has none, or a text that is no number. Choosing then takes 1. */
  readonly weight?: number;
  /** Every attribute as written, those above included, in the order of the document. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** A `10320/loc` value. It is never changed: each edit gives a new one. */
export interface Locations {
  /** The methods of choosing, separated by commas; absent when the value leaves that to the resolver. */
  readonly chooseby?: string;
  /** The locations, in the order of the document. */
  readonly entries: readonly LocationEntry[];
  /** The whole document, with what is no location: this is what is written. */
  readonly element: XmlElement;
}

const NUMBER = /^[ \t\r\n]*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[ \t\r\n]*$/;

function weightOf(text: string | undefined): number | undefined {
  if (text === undefined || !NUMBER.test(text)) return undefined;
  const weight = Number(text);
  return Number.isFinite(weight) ? weight : undefined;
}

function entryOf({ attributes }: XmlElement): LocationEntry {
  const href = attributes.get("href");
  const id = attributes.get("id");
  const weight = weightOf(attributes.get("weight"));
  return {
    ...(href === undefined || href === "" ? {} : { href }),
    ...(id === undefined ? {} : { id }),
    ...(weight === undefined ? {} : { weight }),
    attributes,
  };
}

/** True for an element of this name that is in no namespace, given that what is around it is in none. */
export function isPlain(node: XmlNode, name: string): node is XmlElement {
  return node.type === "element" && node.name === name && (node.attributes.get("xmlns") ?? "") === "";
}

/** What a `locations` element says. */
export function readLocations(element: XmlElement): Locations {
  const chooseby = element.attributes.get("chooseby");
  return {
    ...(chooseby === undefined ? {} : { chooseby }),
    entries: element.children.filter((node) => isPlain(node, "location")).map(entryOf),
    element,
  };
}

/** True for a location with exactly this URL. */
export function hasUrl(node: XmlNode, url: string): node is XmlElement {
  return isPlain(node, "location") && node.attributes.get("href") === url;
}

/**
 * Tells whether a location has this URL.
 *
 * @param locations where to look
 * @param url the URL, compared exactly
 * @example
 * ```ts
 * containsUrl(locations, "https://example.org/"); // true
 * ```
 */
export function containsUrl(locations: Locations, url: string): boolean {
  return locations.element.children.some((node) => hasUrl(node, url));
}

/**
 * Tells whether no location has a URL.
 *
 * @param locations where to look
 * @example
 * ```ts
 * isEmpty(createLocations()); // true
 * ```
 */
export function isEmpty(locations: Locations): boolean {
  return locations.entries.every(({ href }) => href === undefined);
}
