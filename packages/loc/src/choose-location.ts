import { checkArgument, foldCase } from "@handlekit/core";
import { type Candidate, type Candidates, collectCandidates } from "./candidates.ts";
import { type Locations, readNumber } from "./locations.ts";

/** The methods of the Handle.Net proxy, for locations that name none themselves. */
export const DEFAULT_CHOOSEBY = "locatt,address,country,score,weighted";

/** The client that resolves a handle, as far as it is known. */
export interface ChoiceContext {
  /** The attributes asked for, as in `?locatt=view:alt`: `name:value`, or `name` for any value. */
  readonly locatt?: readonly string[] | undefined;
  /** Tells whether the client's address is that address or in that range. Default: no address is known. */
  readonly isFrom?: ((addressOrRange: string) => boolean) | undefined;
  /** The client's country, two letters of ISO 3166 in any case. */
  readonly country?: string | undefined;
  /** A number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Called after each method that was applied, with its name in lower case and the candidates that are left. */
  readonly onStep?: ((method: string, left: readonly Candidate[]) => void) | undefined;
}

/** One step of the choice; `undefined` stands for a filter that is undone because it kept nothing. */
type Filter = (left: readonly Candidate[], context: ChoiceContext) => readonly Candidate[] | undefined;

const orUndone = (kept: readonly Candidate[]) => (kept.length === 0 ? undefined : kept);

/** Each `locatt` in turn, undone on its own when nothing is left. */
const byAttributes: Filter = (candidates, { locatt = [] }) =>
  locatt.reduce((left, asked) => {
    const colon = asked.indexOf(":");
    const name = (colon < 0 ? asked : asked.slice(0, colon)).trim();
    const value = colon < 0 ? undefined : asked.slice(colon + 1);
    const kept = left.filter(({ entry: { attributes } }) =>
      value === undefined ? attributes.has(name) : attributes.get(name) === value,
    );
    return kept.length === 0 ? left : kept;
  }, candidates);

/** A location is kept once for each of its `addresses` that fits. */
const byAddress: Filter = (candidates, { isFrom = () => false }) =>
  orUndone(
    candidates.flatMap((candidate) => {
      const listed = candidate.entry.attributes.get("addresses")?.split(",") ?? [];
      return listed.filter((each) => isFrom(each.trim())).map(() => candidate);
    }),
  );

const byCountry: Filter = (candidates, { country }) => {
  if (country === undefined) return undefined;
  const wanted = foldCase(country.trim());
  const isOf = (candidate: Candidate) => {
    const meant = candidate.entry.attributes.get("country");
    return meant !== undefined && foldCase(meant.trim()) === wanted;
  };
  return orUndone(candidates.filter(isOf));
};

/** The greatest score, from 0: only negative ones leave nothing, and that is not undone. */
const byScore: Filter = (candidates) => {
  const scores = candidates.map(({ entry }) => readNumber(entry.attributes.get("score")) ?? 0);
  const greatest = scores.reduce((one, other) => Math.max(one, other), 0);
  return candidates.filter((_, i) => scores[i] === greatest);
};

const FILTERS: Readonly<Record<string, Filter>> = {
  locatt: byAttributes,
  address: byAddress,
  country: byCountry,
  score: byScore,
};

/** The share of each candidate, none negative; the same for all when no weight is above 0. */
function sharesOf(candidates: readonly Candidate[]): readonly number[] {
  const weights = candidates.map(({ entry }) => Math.max(0, readNumber(entry.attributes.get("weight")) ?? 1));
  const greatest = weights.reduce((one, other) => Math.max(one, other), 0);
  if (greatest === 0) return weights.map(() => 1);
  if (greatest === Number.POSITIVE_INFINITY) return weights.map((weight) => (weight === greatest ? 1 : 0));
  return weights.map((weight) => weight / greatest);
}

function draw(candidates: readonly Candidate[], random: () => number): Candidate | undefined {
  const shares = sharesOf(candidates);
  let rest = random() * shares.reduce((sum, share) => sum + share, 0);
  const found = shares.findIndex((share) => {
    rest -= share;
    return rest < 0;
  });
  return candidates[found < 0 ? shares.findLastIndex((share) => share > 0) : found];
}

/**
 * Chooses the candidate to redirect to, by the methods that `chooseby` names, or else those of {@link DEFAULT_CHOOSEBY}.
 * A single candidate is taken whatever its weight or country. Each method keeps some of those that are left; one that
 * keeps none is undone. At `weighted`, and after the last method, chance decides.
 *
 * - `locatt` keeps those that have an attribute asked for, one after the other.
 * - `address` keeps those with the client's address in `addresses`.
 * - `country` keeps those of the client's country.
 * - `score` keeps those with the greatest score; it is not undone when all are negative.
 * - `weighted` takes one, by chance: a missing weight is 1, a negative one 0; when none is above 0, all are the same.
 *
 * @returns undefined when there is no candidate, or `score` kept none
 * @example
 * ```ts
 * chooseCandidate(collectCandidates({ handle, own: [locations] }), { locatt: ["id:1"] })?.url;
 * ```
 * @see https://www.doi.org/the-identifier/resources/handbook/3_resolution#3.8.1.3
 */
export function chooseCandidate(candidates: Candidates, context: ChoiceContext = {}): Candidate | undefined {
  const { random = Math.random } = context;
  const methods = (candidates.chooseby ?? DEFAULT_CHOOSEBY)
    .split(",")
    .map((each) => each.trim().toLowerCase());
  let left = candidates.list;
  for (const method of methods) {
    if (left.length === 1 || method === "weighted") break;
    const filter = Object.hasOwn(FILTERS, method) ? FILTERS[method] : undefined;
    left = filter?.(left, context) ?? left;
    context.onStep?.(method, left);
  }
  if (left.length === 1) return left[0];
  const drawn = draw(left, random);
  if (left.length > 0) context.onStep?.("weighted", drawn === undefined ? [] : [drawn]);
  return drawn;
}

/**
 * Chooses among the locations of one value, see {@link chooseCandidate}. Locations without a URL do not take part.
 *
 * @param locations the value
 * @param context what is known of the client; `handle` fills templates in, and without it they do not take part
 * @returns undefined when no location has a URL
 * @example
 * ```ts
 * chooseLocation(locations, { locatt: ["id:1"], country: "de" })?.url;
 * ```
 */
export function chooseLocation(
  locations: Locations,
  context: ChoiceContext & { readonly handle?: string | undefined } = {},
): Candidate | undefined {
  checkArgument("chooseLocation", "context", context, ["object"]);
  const { handle } = context;
  const candidates = collectCandidates({ handle: handle ?? "", own: [locations] });
  const list = candidates.list.filter(({ url, entry }) => (handle === undefined ? entry.href : url));
  return chooseCandidate({ ...candidates, list }, context);
}
