import { foldCase } from "@handlekit/core";
import type { LocationEntry, Locations } from "./locations.ts";

/** The methods of the Handle.Net proxy, for locations that name none themselves. */
export const DEFAULT_CHOOSEBY = "locatt,address,country,score,weighted";

/** What is known of whoever resolves. */
export interface ChoiceContext {
  /** The attributes asked for, as in `?locatt=view:alt`: a location must have them all, exactly so. */
  readonly locatt?: readonly { readonly key: string; readonly value: string }[];
  /** The client's country, two letters of ISO 3166 in any case; leave it out when it is not known. */
  readonly country?: string;
  /** A number from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** The location to redirect to. */
export interface LocationChoice {
  /** Its URL, as written. Nothing says that it is safe to follow. */
  readonly url: string;
  readonly entry: LocationEntry;
}

/** The weights, as parts of the greatest; when none is above 0, all are the same. */
function shares(candidates: readonly LocationChoice[]): number[] {
  const weights = candidates.map(({ entry }) => Math.max(0, entry.weight ?? 1));
  const greatest = weights.reduce((one, other) => Math.max(one, other), 0);
  return weights.map((weight) => (greatest === 0 ? 1 : weight / greatest));
}

function byWeight(candidates: readonly LocationChoice[], random: () => number): readonly LocationChoice[] {
  const parts = shares(candidates);
  let rest = random() * parts.reduce((sum, part) => sum + part, 0);
  const found = parts.findIndex((part) => {
    rest -= part;
    return rest < 0;
  });
  const at = found < 0 ? parts.findLastIndex((part) => part > 0) : found;
  return candidates.slice(at, at + 1);
}

/** Those of the client's country, or else those for no country: the others are for somebody else. */
function byCountry(
  candidates: readonly LocationChoice[],
  country: string | undefined,
): readonly LocationChoice[] {
  const wanted = country === undefined ? undefined : foldCase(country);
  const meant = candidates.map(({ entry }) => entry.attributes.get("country"));
  const matching = candidates.filter((_, i) => foldCase(meant[i] ?? "") === wanted);
  return matching.length > 0 ? matching : candidates.filter((_, i) => meant[i] === undefined);
}

function applyMethod(
  method: string,
  candidates: readonly LocationChoice[],
  { locatt = [], country, random = Math.random }: ChoiceContext,
): readonly LocationChoice[] {
  switch (method) {
    case "locatt":
      return candidates.filter(({ entry }) =>
        locatt.every(({ key, value }) => entry.attributes.get(key) === value),
      );
    case "country":
      return byCountry(candidates, country);
    case "weighted":
      return byWeight(candidates, random);
    default:
      return candidates;
  }
}

/**
 * Chooses the location to redirect to, by the methods that the value's `chooseby` names, or else those of
 * {@link DEFAULT_CHOOSEBY}. Locations without a URL do not take part.
 *
 * Each method keeps some of those that are left; when it keeps none, it does not count; when one is left, that is the
 * choice. After the last method, chance decides by weight.
 *
 * - `locatt` keeps those that have every attribute asked for.
 * - `country` keeps those of the client's country or, when there are none, those without a country. A country that is
 *   not known is that of no location.
 * - `weighted` keeps one, by chance: a missing weight is 1, and when no weight is above 0, all are the same.
 * - `address`, `score` and methods that are not known keep all.
 *
 * @param locations what to choose from
 * @param context what is known of whoever resolves
 * @returns undefined when no location has a URL
 * @example
 * ```ts
 * chooseLocation(locations, { locatt: [{ key: "id", value: "1" }], country: "de" })?.url;
 * ```
 * @see https://www.doi.org/the-identifier/resources/handbook/3_resolution#3.8.1.3
 */
export function chooseLocation(
  locations: Locations,
  context: ChoiceContext = {},
): LocationChoice | undefined {
  const methods = (locations.chooseby ?? DEFAULT_CHOOSEBY).split(",").map((method) => method.trim());
  let left: readonly LocationChoice[] = locations.entries.flatMap((entry) =>
    entry.href === undefined ? [] : [{ url: entry.href, entry }],
  );
  for (const method of [...methods, "weighted"]) {
    if (left.length <= 1) break;
    const kept = applyMethod(method, left, context);
    if (kept.length > 0) left = kept;
  }
  return left[0];
}
