import type { LocationEntry, Locations } from "./locations.ts";
import { readNumber } from "./locations.ts";
import { expandTemplate } from "./template.ts";

/** A URL that a record offers. */
export interface Candidate {
  /** Absent when the location has neither an `href` nor a template. Nothing says that it is safe to follow. */
  readonly url?: string | undefined;
  /** The location; of a URL value one with `href`, `weight` and `mode="legacy"`. */
  readonly entry: LocationEntry;
}

/** The values of a record, and of those it includes, that take part in the choice. */
export interface CandidateSource {
  /** The handle as it was asked for, which templates contain. */
  readonly handle: string;
  /** The record's own `10320/loc` values, in its order. */
  readonly own: readonly Locations[];
  /** Those of the records that it includes. */
  readonly included?: readonly Locations[] | undefined;
  /** The record's URL values, in its order. */
  readonly urls?: readonly { readonly url: string; readonly isSubtype: boolean }[] | undefined;
  /** Those of the records that `nshdl` or `overridePrefix` name. */
  readonly namespace?: readonly Locations[] | undefined;
}

/** The URLs to choose from, and the rules of the choice. */
export interface Candidates {
  readonly list: readonly Candidate[];
  /** The methods of choosing, separated by commas; absent when no value names any. */
  readonly chooseby?: string | undefined;
  /** Whether the URL values are among them. */
  readonly withUrls: boolean;
  /** The status of a redirect to a candidate: 301, 302, 303, 307 or 308. */
  statusOf(candidate: Candidate): number;
}

const YES = /^(true|yes|1)$/i;
const STATUSES = new Set(["301", "302", "303", "307", "308"]);

/** The value of the first root that has the attribute. */
function firstOf(values: readonly Locations[], name: string): string | undefined {
  return values.find(({ attributes }) => attributes.has(name))?.attributes.get(name);
}

function candidateOf(entry: LocationEntry, handle: string): Candidate {
  const { attributes, hrefTemplate } = entry;
  const href = attributes.get("href");
  const url = href ?? (hrefTemplate === undefined ? undefined : expandTemplate(hrefTemplate, handle));
  return url === undefined ? { entry } : { url, entry };
}

/** A number as Java writes a double: `0.0`. */
const asDouble = (number: number) => (Number.isInteger(number) ? number.toFixed(1) : String(number));

function legacyCandidate(url: string, weight: number): Candidate {
  const attributes = new Map([
    ["mode", "legacy"],
    ["weight", asDouble(weight)],
    ["href", url],
  ]);
  return { url, entry: { href: url, weight, attributes } };
}

/**
 * Collects the URLs that a record offers, as Handle.Net does: the locations of its own values, of included ones, then
 * its URL values, which have weight 0 unless the root says otherwise (`urlWeight`, `urlSubtypeWeight`, `no_legacy`), then
 * the locations of the namespace.
 *
 * @example
 * ```ts
 * const { list } = collectCandidates({ handle, own: [locations], urls: [{ url, isSubtype: false }] });
 * ```
 */
export function collectCandidates(source: CandidateSource): Candidates {
  const { handle, own, included = [], urls = [], namespace = [] } = source;
  const named = [...own, ...namespace];
  const noLegacy = firstOf([...own, ...included, ...namespace], "no_legacy");
  const withUrls = !YES.test(noLegacy ?? "");
  const readable = own.some(({ text, problem }) => problem === undefined && text.includes("<"));
  const urlWeight = readNumber(firstOf(named, "urlWeight")) ?? (readable ? 0 : 1);
  const plain = urls.some(({ isSubtype }) => !isSubtype);
  const subtypeWeight = plain ? (readNumber(firstOf(named, "urlSubtypeWeight")) ?? 0) : urlWeight;
  const of = (values: readonly Locations[]) =>
    values.flatMap(({ entries }) => entries.map((entry) => candidateOf(entry, handle)));
  const legacy = urls.map(({ url, isSubtype }) =>
    legacyCandidate(url, isSubtype ? subtypeWeight : urlWeight),
  );
  const chooseby = named.find((value) => value.chooseby !== undefined)?.chooseby;
  const rootStatus = firstOf(named, "http_sc");
  return {
    list: [...of(own), ...of(included), ...(withUrls ? legacy : []), ...of(namespace)],
    ...(chooseby === undefined ? {} : { chooseby }),
    withUrls,
    statusOf({ entry }) {
      const status = entry.attributes.get("http_sc") ?? rootStatus ?? "";
      return STATUSES.has(status) ? Number(status) : 302;
    },
  };
}
