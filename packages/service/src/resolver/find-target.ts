import { decodeUtf8, foldCase, type Logger } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { chooseLocation, createLocations, isLocType, parseLocations, withLegacyUrls } from "@handlekit/loc";
import { redirectTarget } from "./addresses.ts";

type Locations = ReturnType<typeof parseLocations>;

/** The URLs that the values of a record offer. */
export interface Targets {
  /** The URLs to choose from: those of `10320/loc`, then those of URL values. None is of a scheme that is not followed. */
  readonly locations: Locations;
  /** The value that decides: `10320/loc`, or else the first URL. */
  readonly value: StoredValue;
  readonly hasLoc: boolean;
}

/** A URL to redirect to. */
export interface RedirectTarget {
  /** Fit for a header. */
  readonly url: string;
  /** The value it comes from. */
  readonly value: StoredValue;
}

/** True for the types `URL` and `URL.x`. */
export function isUrlType(type: string): boolean {
  const folded = foldCase(type);
  return folded === "URL" || folded.startsWith("URL.");
}

function urlOf(value: StoredValue): string | undefined {
  return isUrlType(value.type) ? redirectTarget((decodeUtf8(value.data) ?? "").trim()) : undefined;
}

/** The first `10320/loc` value that can be read; one that cannot is as if it were not there. */
function findLoc(
  values: RecordValues,
  log: Logger | undefined,
): { value: StoredValue; locations: Locations } | undefined {
  for (const value of values.filter(({ type }) => isLocType(type))) {
    try {
      return { value, locations: parseLocations(decodeUtf8(value.data) ?? "") };
    } catch (error) {
      log?.warn("a 10320/loc value cannot be read and is left out", { index: value.index, error });
    }
  }
  return undefined;
}

/**
 * Finds the URLs that values offer to redirect to.
 *
 * @returns undefined when there is none
 */
export function findTargets(values: RecordValues, log: Logger | undefined): Targets | undefined {
  const loc = findLoc(values, log);
  const legacy = values.flatMap((value) => {
    const url = urlOf(value);
    return url === undefined ? [] : [{ value, url }];
  });
  const all = withLegacyUrls(
    loc?.locations ?? createLocations(),
    legacy.map(({ url }) => url),
  );
  const entries = all.entries.filter(({ href = "" }) => redirectTarget(href.trim()) !== undefined);
  const value = loc?.value ?? legacy[0]?.value;
  if (value === undefined || entries.length === 0) return undefined;
  return { locations: { ...all, entries }, value, hasLoc: loc !== undefined };
}

/**
 * The one URL to redirect to.
 *
 * @param locatt the `locatt` parameters, `key:value`
 * @param random a number from 0 to below 1
 */
export function chooseTarget(
  targets: Targets,
  locatt: readonly string[],
  random: () => number,
): RedirectTarget | undefined {
  const { locations, value, hasLoc } = targets;
  const wanted = locatt.flatMap((text) => {
    const [, key, asked] = /^([^:]+):(.*)$/s.exec(text) ?? [];
    return key === undefined || asked === undefined ? [] : [{ key, value: asked }];
  });
  const chosen = hasLoc
    ? chooseLocation(locations, { locatt: wanted, random })?.url
    : locations.entries[0]?.href;
  const url = redirectTarget((chosen ?? "").trim());
  return url === undefined ? undefined : { url, value };
}
