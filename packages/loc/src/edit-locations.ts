import { checkArgument, checkOptions, quoteForMessage } from "@handlekit/core";
import { attributesOf, containsUrl, isLocation, type Locations, parseLocations } from "./locations.ts";
import { scan } from "./scan.ts";
import type { ScannedElement } from "./tag-reader.ts";
import { invalidValue, writeAttribute, writeAttributes } from "./write-attributes.ts";

/** Attributes of a location besides its URL: those with a meaning to resolvers, and any of your own. */
export interface LocationAttributes {
  /** Its share when a location is chosen at random: 0 to 1. Without one, resolvers take 1. */
  readonly weight?: number | undefined;
  /** The id that `locatt=id:...` asks for; no two locations may have the same. Default: the smallest free number. */
  readonly id?: string | undefined;
  /** The country whose clients it is for, two letters of ISO 3166. */
  readonly country?: string | undefined;
  /** The role of the location, such as `conneg`. */
  readonly http_role?: string | undefined;
  readonly [name: string]: string | number | undefined;
}

/** @throws HandleError `invalid_value` for a value that breaks off: nobody knows where an edit of it would end up */
export function assertWhole({ problem }: Locations): void {
  if (problem === undefined) return;
  throw invalidValue(
    `The 10320/loc value breaks off at line ${problem.line}, column ${problem.column}: ${problem.message}.`,
    "repairLocations gives a copy of what can be read, which can be edited.",
  );
}

/** A change of a text: the characters from `start` to `end` are replaced. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function applySplices(locations: Locations, splices: readonly Splice[]): Locations {
  let { text } = locations;
  for (const { start, end, text: by } of [...splices].sort((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + by + text.slice(end);
  }
  return parseLocations(text);
}

/** The locations that have a URL, as they stand in the text. */
function locationsWith({ text }: Locations, url: string): readonly ScannedElement[] {
  return scan(text).children.filter(
    (child) => isLocation(child) && url !== "" && attributesOf(child).get("href") === url,
  );
}

/** Sets attributes on each location that has the URL; returns the same object when they all have them. */
function setAttributes(
  locations: Locations,
  url: string,
  attributes: readonly (readonly [string, string])[],
): Locations {
  const splices = locationsWith(locations, url).flatMap((element): Splice[] => {
    const present = attributesOf(element);
    const changed = attributes.filter(([name, value]) => present.get(name) !== value);
    const after = element.attributes.at(-1)?.end ?? element.start + 1 + element.name.length;
    return changed.map(([name, value]) => {
      const old = element.attributes.findLast((attribute) => attribute.name === name);
      return old === undefined
        ? { start: after, end: after, text: ` ${writeAttribute(name, value)}` }
        : { start: old.start, end: old.end, text: writeAttribute(name, value) };
    });
  });
  return splices.length === 0 ? locations : applySplices(locations, joinInsertions(splices));
}

/** Insertions at one place become one, in their order. */
function joinInsertions(splices: readonly Splice[]): readonly Splice[] {
  const joined: Splice[] = [];
  for (const splice of splices) {
    const same = joined.findIndex(
      ({ start, end }) => start === end && start === splice.start && end === splice.end,
    );
    const before = joined[same];
    if (before === undefined) joined.push(splice);
    else joined[same] = { ...before, text: before.text + splice.text };
  }
  return joined;
}

function attributeList(attributes: LocationAttributes): [string, string][] {
  return Object.entries(attributes).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    if (name === "href" || name === "xmlns") {
      throw invalidValue(`The attributes of a location cannot set ${name}.`, "Give the URL on its own.");
    }
    if (name === "weight" && !(typeof value === "number" && value >= 0 && value <= 1)) {
      throw invalidValue("The weight of a location must be a number from 0 to 1.", "Without one, it is 1.");
    }
    return [[name, String(value)]];
  });
}

/** The smallest number that is no id. */
function freeId({ entries }: Locations): string {
  const used = new Set(entries.map(({ id = "" }) => (/^\d+$/.test(id) ? Number(id) : undefined)));
  let id = 0;
  while (used.has(id)) id++;
  return String(id);
}

/**
 * Puts locations and includes behind the last location, or at the end or the beginning of the root: at the first of
 * these places where they are read as such and the others still are, which depends on elements without an end tag.
 */
export function insertElements(locations: Locations, elements: readonly string[]): Locations {
  const { text, entries, includes } = locations;
  const added = elements.join("");
  const { root, children } = scan(text);
  if (root === undefined) {
    return parseLocations(`${text.trim() === "" ? "" : text}<locations>${added}</locations>`);
  }
  const last = children.filter(isLocation).at(-1) ?? (root.selfClosed ? children.at(-1) : undefined);
  const places = root.selfClosed ? [last?.end] : [last?.end, root.contentEnd, root.tagEnd];
  const splices = places.flatMap((at) => (at === undefined ? [] : [{ start: at, end: at, text: added }]));
  if (root.selfClosed) {
    const opened = text.slice(root.start, root.tagEnd).replace(/\/\s*>$/, ">");
    splices.push({ start: root.start, end: root.tagEnd, text: `${opened}${added}</${root.name}>` });
  }
  for (const splice of splices) {
    const next = applySplices(locations, [splice]);
    if (next.entries.length + next.includes.length === entries.length + includes.length + elements.length)
      return next;
  }
  throw invalidValue(
    "A location cannot be added to this 10320/loc value: too many of its elements have no end tag.",
    "repairLocations gives a copy of it that can be edited.",
  );
}

function requireUrl(caller: string, what: string, url: string): void {
  checkArgument(caller, what, url, ["string"]);
  if (url === "") throw invalidValue("A location cannot have an empty URL.", "Give the URL to resolve to.");
}

/**
 * Creates a value without locations.
 *
 * @param options `chooseby`: the methods of choosing, separated by commas; without it, each resolver's own apply
 * @throws HandleError `invalid_value` for a character that XML cannot hold
 * @example
 * ```ts
 * createLocations({ chooseby: "locatt,country,weighted" });
 * ```
 */
export function createLocations(options: { readonly chooseby?: string | undefined } = {}): Locations {
  checkOptions("createLocations", options, { chooseby: ["string", "undefined"] });
  const { chooseby } = options;
  return parseLocations(
    `<locations${chooseby === undefined ? "" : writeAttributes([["chooseby", chooseby]])}/>`,
  );
}

/**
 * Adds a location after the last one; or, when its URL is there already, sets the given attributes on each location
 * with that URL and keeps its others.
 *
 * @param url the URL, exactly as it is to be written; nothing else is checked
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
  requireUrl("addLocation", "url", url);
  checkArgument("addLocation", "attributes", attributes, ["object"]);
  assertWhole(locations);
  const list = attributeList(attributes);
  const own = new Map([["id", freeId(locations)], ["href", url], ...list] as [string, string][]);
  const added = `<location${writeAttributes(own)}/>`;
  const next = containsUrl(locations, url)
    ? setAttributes(locations, url, list)
    : insertElements(locations, [added]);
  const [, id] = list.find(([name]) => name === "id") ?? [];
  const takers = next.entries.filter((entry) => entry.id === id);
  if (id !== undefined && next !== locations && takers.length > 1) {
    throw invalidValue(
      `Two locations would have the id ${quoteForMessage(id)}.`,
      "Leave the id out to get one that is free.",
    );
  }
  return next;
}

/**
 * Replaces a URL in every location that has it; all other attributes stay.
 *
 * @param oldUrl compared exactly
 * @param newUrl may be there already
 * @returns the same object when nothing changes
 * @throws HandleError `invalid_value` for an empty new URL, or a character in it that XML cannot hold
 * @example
 * ```ts
 * exchangeUrl(locations, "http://example.org/", "https://example.org/");
 * ```
 */
export function exchangeUrl(locations: Locations, oldUrl: string, newUrl: string): Locations {
  checkArgument("exchangeUrl", "oldUrl", oldUrl, ["string"]);
  requireUrl("exchangeUrl", "newUrl", newUrl);
  writeAttribute("href", newUrl);
  assertWhole(locations);
  return setAttributes(locations, oldUrl, [["href", newUrl]]);
}

/**
 * Removes every location that has a URL, and changes nothing else.
 *
 * @param url compared exactly
 * @returns the same object when nothing changes; see {@link isEmpty} for whether the value is still of use
 * @example
 * ```ts
 * removeUrl(locations, "https://mirror.example/");
 * ```
 */
export function removeUrl(locations: Locations, url: string): Locations {
  checkArgument("removeUrl", "url", url, ["string"]);
  const found = locationsWith(locations, url);
  if (found.length === 0) return locations;
  assertWhole(locations);
  return applySplices(
    locations,
    found.map(({ start, end }) => ({ start, end, text: "" })),
  );
}
