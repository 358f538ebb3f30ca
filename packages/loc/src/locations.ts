import { checkArgument, HandleError, hasType } from "@handlekit/core";
import { type Scan, scan } from "./scan.ts";
import type { ScanFinding, ScannedElement } from "./tag-reader.ts";

/** The type to give a new value. */
export const LOC_TYPE = "10320/loc";

/**
 * Tells whether a type is `10320/loc` or a subtype of it, in any case of ASCII letters: B2HANDLE writes `10320/LOC`.
 *
 * @param type the type of a handle value
 * @example
 * ```ts
 * isLocType("10320/LOC"); // true
 * ```
 */
export function isLocType(type: string): boolean {
  return hasType(type, LOC_TYPE);
}

/** One `location` of a `10320/loc` value. */
export interface LocationEntry {
  /** The URL; absent when the location has none, or an empty one. */
  readonly href?: string | undefined;
  /** The pattern of the URL, in which `{hdl}` and `{hdl:path}` stand for the handle; it counts without `href`. */
  readonly hrefTemplate?: string | undefined;
  /** Its id as text; absent when it has none. */
  readonly id?: string | undefined;
  /** Its weight as a number; absent when it has none, or text that is no number. Choosing then takes 1. */
  readonly weight?: number | undefined;
  /** Every attribute with its references decoded, those above included, in the order of the text. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Another record that takes part in the choice. */
export interface LocationInclude {
  /**
   * `include`: its locations join; `includeNamespace`: those that its HS_NAMESPACE names; `nshdl` and `overridePrefix`:
   * the same two behind all others.
   */
  readonly kind: "include" | "includeNamespace" | "nshdl" | "overridePrefix";
  readonly handle: string;
}

/** Something in a value that is not as XML has it, but is read all the same. */
export interface LocationWarning {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly message: string;
}

/** A `10320/loc` value. It is never changed: each edit returns a new one. */
export interface Locations {
  /** The data of the value, as it was read or as an edit made it. */
  readonly text: string;
  /** The methods of choosing, separated by commas (`choose_by` or `chooseby`); absent when the value names none. */
  readonly chooseby?: string | undefined;
  /** The attributes of the root, with their references decoded. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The locations, in the order of the text. */
  readonly entries: readonly LocationEntry[];
  /** The records that take part, in the order of the text. */
  readonly includes: readonly LocationInclude[];
  /** Deviations from XML. */
  readonly warnings: readonly LocationWarning[];
  /** Set when the text breaks off, so that Handle.Net cannot read it; `entries` are the locations before. */
  readonly problem?: LocationWarning | undefined;
}

/** The maximum length of a value in characters. */
const MAX_LENGTH = 1_048_576;
const KINDS = ["include", "includeNamespace", "nshdl", "overridePrefix"] as const;
const NUMBER = /^[-+]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[dDfF]?)$/;

/** Text without the characters up to the space at both ends, as Java trims. */
function trimmed(text: string): string {
  return text.replace(/^[\0- ]+/, "").replace(/[\0- ]+$/, "");
}

/** A number as Java reads a double; undefined for other text. */
export function readNumber(text: string | undefined): number | undefined {
  const number = trimmed(text ?? "");
  return NUMBER.test(number) ? Number(number.replace(/[dDfF]$/, "")) : undefined;
}

/** True for the elements that are locations. */
export function isLocation({ name }: ScannedElement): boolean {
  return /^(location|loc_template)$/i.test(name);
}

/** The attributes of an element; of repeated ones the last counts. */
export function attributesOf({ attributes }: ScannedElement): ReadonlyMap<string, string> {
  return new Map(attributes.map(({ name, value }) => [name, value]));
}

function entryOf(element: ScannedElement): LocationEntry {
  const attributes = attributesOf(element);
  const href = attributes.get("href");
  const hrefTemplate = attributes.get("href_template");
  const id = attributes.get("id");
  const weight = readNumber(attributes.get("weight"));
  return {
    ...(href ? { href } : {}),
    ...(hrefTemplate === undefined ? {} : { hrefTemplate }),
    ...(id === undefined ? {} : { id }),
    ...(weight === undefined || !Number.isFinite(weight) ? {} : { weight }),
    attributes,
  };
}

function includesOf(text: string, { root, children }: Scan): LocationInclude[] {
  const found = KINDS.flatMap((kind) => {
    const named = root?.attributes.filter(({ name }) => name === kind).at(-1)?.value;
    const elements = children
      .filter(({ name }) => name === kind)
      .map(({ tagEnd, contentEnd }) => text.slice(tagEnd, contentEnd).trim());
    return [...(named === undefined ? [] : [named]), ...elements].map((handle) => ({ kind, handle }));
  });
  return found.filter(({ handle }) => handle !== "");
}

function placeOf(text: string, { offset, message }: ScanFinding): LocationWarning {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1, message };
}

/**
 * Reads the data of a `10320/loc` value as Handle.Net acts on it: any root, unquoted values, bare ampersands, missing
 * end tags, text around it, an empty value. Each leniency is among the `warnings`. An XML declaration and a DOCTYPE are
 * skipped, and nothing in them is read.
 *
 * @param text the data, at most 1,048,576 characters
 * @throws HandleError `too_large` for longer data, `invalid_options` for data that is no text; nothing else, see
 *   `problem` of {@link Locations}
 * @example
 * ```ts
 * const locations = parseLocations('<locations><location id="0" href="https://example.org/"/></locations>');
 * locations.entries[0]?.href; // "https://example.org/"
 * ```
 * @see https://www.doi.org/the-identifier/resources/handbook/3_resolution#3.8.1.3
 */
export function parseLocations(text: string): Locations {
  checkArgument("parseLocations", "its argument", text, ["string"]);
  if (text.length > MAX_LENGTH) {
    throw new HandleError("too_large", {
      message: `The 10320/loc value has ${text.length} characters; ${MAX_LENGTH} are read.`,
    });
  }
  const scanned = scan(text);
  const { root, children, warnings, problem } = scanned;
  const attributes: ReadonlyMap<string, string> = root === undefined ? new Map() : attributesOf(root);
  const chooseby = attributes.get("choose_by") ?? attributes.get("chooseby");
  return {
    text,
    ...(chooseby === undefined ? {} : { chooseby }),
    attributes,
    entries: children.filter(isLocation).map(entryOf),
    includes: includesOf(text, scanned),
    warnings: warnings.map((each) => placeOf(text, each)),
    ...(problem === undefined ? {} : { problem: placeOf(text, problem) }),
  };
}

/**
 * Returns the data of a `10320/loc` value: what was read with the edits made to it, every other character as it was.
 *
 * @example
 * ```ts
 * formatLocations(addLocation(createLocations(), "https://example.org/"));
 * // '<locations><location id="0" href="https://example.org/"/></locations>'
 * ```
 */
export function formatLocations(locations: Locations): string {
  return locations.text;
}

/**
 * Tells whether a location has this URL.
 *
 * @param url compared exactly
 * @example
 * ```ts
 * containsUrl(locations, "https://example.org/"); // true
 * ```
 */
export function containsUrl({ entries }: Locations, url: string): boolean {
  checkArgument("containsUrl", "url", url, ["string"]);
  return entries.some(({ href }) => href === url);
}

/**
 * Tells whether a value has no location and includes none. A location without a URL counts: it may have a template, or
 * attributes that somebody needs.
 *
 * @example
 * ```ts
 * isEmpty(createLocations()); // true
 * ```
 */
export function isEmpty({ entries, includes }: Locations): boolean {
  return entries.length === 0 && includes.length === 0;
}
