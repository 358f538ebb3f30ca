import { HandleError, quoteForMessage } from "@handlekit/core";
import { writeXml, type XmlElement, type XmlNode } from "@handlekit/xml/reader";
import { containsUrl, hasUrl, isPlain, type Locations, readLocations } from "./locations.ts";

/** Attributes of a location besides its URL: those with a meaning to resolvers, and any of your own. */
export interface LocationAttributes {
  /** Its share when a location is chosen at random: 0 to 1. Without one, resolvers take 1. */
  readonly weight?: number;
  /** What `locatt=id:...` asks for; no two locations may have the same. Default: the smallest number that is free. */
  readonly id?: string;
  /** The country whose clients it is for, two letters of ISO 3166. */
  readonly country?: string;
  /** What the location is for, such as `conneg`. */
  readonly http_role?: string;
  readonly [name: string]: string | number | undefined;
}

function invalid(message: string, hint: string): HandleError {
  return new HandleError("invalid_value", { message, hint });
}

function location(attributes: Iterable<readonly [string, string]>): XmlElement {
  const element: XmlElement = {
    type: "element",
    name: "location",
    attributes: new Map(attributes),
    children: [],
  };
  writeXml(element); // Refuses now what could not be written later.
  return element;
}

function withChildren(locations: Locations, children: readonly XmlNode[]): Locations {
  return readLocations({ ...locations.element, children });
}

/** The locations with `attributes` set on each location that has the URL; the same object when they all have them. */
function setAttributes(
  locations: Locations,
  url: string,
  attributes: readonly (readonly [string, string])[],
): Locations {
  const { children } = locations.element;
  const isOld = (node: XmlNode): node is XmlElement =>
    hasUrl(node, url) && attributes.some(([name, value]) => node.attributes.get(name) !== value);
  if (!children.some(isOld)) return locations;
  return withChildren(
    locations,
    children.map((node) =>
      isOld(node) ? { ...node, attributes: new Map([...node.attributes, ...attributes]) } : node,
    ),
  );
}

function attributeList(attributes: LocationAttributes): [string, string][] {
  return Object.entries(attributes).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    if (name === "href" || name === "xmlns") {
      throw invalid(`The attributes of a location cannot set ${name}.`, "Give the URL on its own.");
    }
    if (name === "weight" && !(typeof value === "number" && value >= 0 && value <= 1)) {
      throw invalid("The weight of a location must be a number from 0 to 1.", "Without one, it is 1.");
    }
    return [[name, String(value)]];
  });
}

function freeId({ entries }: Locations): string {
  const used = new Set(entries.map(({ id = "" }) => (/^\d+$/.test(id) ? Number(id) : undefined)));
  let id = 0;
  while (used.has(id)) id++;
  return String(id);
}

function insertLocation(locations: Locations, added: XmlElement): Locations {
  const { children } = locations.element;
  const last = children.findLastIndex((node) => isPlain(node, "location"));
  const end = last < 0 ? children.length : last + 1;
  return withChildren(locations, [...children.slice(0, end), added, ...children.slice(end)]);
}

function requireUrl(url: string): void {
  if (url === "") throw invalid("A location cannot have an empty URL.", "Give the URL to resolve to.");
}

/**
 * Locations without any.
 *
 * @param options `chooseby`: the methods of choosing, separated by commas; without it, each resolver's own apply
 * @throws HandleError `invalid_value` for a character that XML cannot hold
 * @example
 * ```ts
 * createLocations({ chooseby: "locatt,country,weighted" });
 * ```
 */
export function createLocations(options: { readonly chooseby?: string } = {}): Locations {
  const attributes = new Map<string, string>();
  if (options.chooseby !== undefined) attributes.set("chooseby", options.chooseby);
  const element: XmlElement = { type: "element", name: "locations", attributes, children: [] };
  writeXml(element);
  return readLocations(element);
}

/**
 * Adds a location after the last one; or, when its URL is there already, sets the given attributes on each location
 * with that URL and keeps its others.
 *
 * @param locations where to add it
 * @param url the URL, exactly as it is to be written; it is not judged
 * @param attributes its attributes, written after `id` and `href` in the order given
 * @returns the same object when nothing changes
 * @throws HandleError `invalid_value` for an empty URL, a weight outside of 0 to 1, an id that another location has,
 *   an attribute `href` or `xmlns`, and a name or character that XML cannot hold
 * @example
 * ```ts
 * addLocation(locations, "https://mirror.example/", { weight: 0.5, country: "de" });
 * ```
 */
export function addLocation(
  locations: Locations,
  url: string,
  attributes: LocationAttributes = {},
): Locations {
  requireUrl(url);
  const list = attributeList(attributes);
  const added = location([["id", freeId(locations)], ["href", url], ...list]);
  const next = containsUrl(locations, url)
    ? setAttributes(locations, url, list)
    : insertLocation(locations, added);
  const [, id] = list.find(([name]) => name === "id") ?? [];
  const takers = next.entries.filter((entry) => entry.id === id);
  if (id !== undefined && next !== locations && takers.length > 1) {
    throw invalid(
      `Two locations would have the id ${quoteForMessage(id)}.`,
      "Leave the id out to get one that is free.",
    );
  }
  return next;
}

/**
 * Puts another URL in the place of one, in every location that has it; all other attributes stay.
 *
 * @param locations where to look
 * @param oldUrl the URL that goes, compared exactly
 * @param newUrl the URL that comes; that it is there already is no hindrance
 * @returns the same object when nothing changes
 * @throws HandleError `invalid_value` for an empty new URL, or a character in it that XML cannot hold
 * @example
 * ```ts
 * exchangeUrl(locations, "http://example.org/", "https://example.org/");
 * ```
 */
export function exchangeUrl(locations: Locations, oldUrl: string, newUrl: string): Locations {
  requireUrl(newUrl);
  location([["href", newUrl]]);
  return setAttributes(locations, oldUrl, [["href", newUrl]]);
}

/**
 * Drops every location that has a URL.
 *
 * @param locations where to look
 * @param url the URL, compared exactly
 * @returns the same object when nothing changes; see {@link isEmpty} for whether the value is still of use
 * @example
 * ```ts
 * removeUrl(locations, "https://mirror.example/");
 * ```
 */
export function removeUrl(locations: Locations, url: string): Locations {
  if (!containsUrl(locations, url)) return locations;
  return withChildren(
    locations,
    locations.element.children.filter((node) => !hasUrl(node, url)),
  );
}

/**
 * The locations with the URL values of a record behind them, as the Handle.Net proxy sees them: `mode="legacy"` and
 * weight 0, so that chance takes one only when nothing else has a weight.
 *
 * @param locations the record's `10320/loc`
 * @param urls the data of its URL values, in their order; empty ones are left out
 * @throws HandleError `invalid_value` for a character that XML cannot hold
 * @example
 * ```ts
 * chooseLocation(withLegacyUrls(locations, ["https://example.org/"]));
 * ```
 */
export function withLegacyUrls(locations: Locations, urls: readonly string[]): Locations {
  const legacy = urls
    .filter((url) => url !== "")
    .map((url) =>
      location([
        ["mode", "legacy"],
        ["weight", "0.0"],
        ["href", url],
      ]),
    );
  return withChildren(locations, [...locations.element.children, ...legacy]);
}
