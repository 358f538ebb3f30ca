import {
  decodeUtf8,
  foldCase,
  type HandleKey,
  handleKey,
  hasType,
  isHandleError,
  type Logger,
} from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import {
  type Candidate,
  type Candidates,
  collectCandidates,
  isLocType,
  type LocationInclude,
  type Locations,
  parseLocations,
} from "@handlekit/loc";
import { createDerived } from "../derived.ts";
import { type ReadContext, recordHandle } from "../operations/context.ts";
import { findRecord } from "../operations/read-record.ts";
import { redirectTarget } from "./addresses.ts";

/** The URLs that a record offers to redirect to, in the order in which they are tried. */
export interface Targets {
  readonly candidates: Candidates;
  /** Those among them that can be followed. */
  readonly followed: Candidates;
  /** The values that decide how long the answer may be kept. */
  readonly values: RecordValues;
  /** Locations with a relation, for Link headers. */
  readonly related: readonly Candidate[];
  /** True when there are values of `10320/loc`, `10320/links` or `10320/headers`, so that chance may decide. */
  readonly hasLocations: boolean;
}

/** Bounds on the records that a record includes. */
const MAX_LEVELS = 21;
const MAX_INCLUDED = 100;
/** The most bytes of locations that are read for one request, with those of included records. */
const MAX_LOCATION_BYTES = 200_000;

/** The number of bytes that may still be read for a request. */
interface Budget {
  bytes: number;
}

const textOf = ({ data }: StoredValue) => new TextDecoder().decode(data);

/** The locations in the values of one record; a value that breaks off is left out, and the log says which. */
function readLocations(
  handle: string,
  values: RecordValues,
  type: (type: string) => boolean,
  log: Logger | undefined,
  budget: Budget,
): readonly Locations[] {
  return values
    .filter((value) => type(value.type))
    .flatMap((value) => {
      const leaveOut = (reason: string) => {
        log?.warn("a 10320/loc value cannot be read and is left out", { handle, index: value.index, reason });
        return [];
      };
      if (value.data.length > budget.bytes) {
        return leaveOut(`the locations have more than ${MAX_LOCATION_BYTES} bytes`);
      }
      budget.bytes -= value.data.length;
      try {
        const locations = parseLocations(textOf(value));
        const { problem } = locations;
        return problem === undefined
          ? [locations]
          : leaveOut(`line ${problem.line}, column ${problem.column}: ${problem.message}`);
      } catch (error) {
        if (!isHandleError(error)) throw error;
        return leaveOut(error.message);
      }
    });
}

/** The locations and values of the records that a record includes. */
interface Included {
  readonly own: readonly Locations[];
  readonly namespace: readonly Locations[];
  readonly values: RecordValues;
}

/** The handles in the `<locs>` elements of an HS_NAMESPACE value. */
function namespaceHandles(values: RecordValues): readonly string[] {
  return values
    .filter(({ type }) => hasType(type, "HS_NAMESPACE"))
    .flatMap((value) => [...textOf(value).matchAll(/<locs>([^<]{1,1000})<\/locs>/g)])
    .map(([, handle = ""]) => handle.trim());
}

/** Reads the records that a record includes, and those that they include. Missing and foreign ones are ignored. */
async function readIncluded(
  context: ReadContext,
  own: readonly Locations[],
  budget: Budget,
): Promise<Included> {
  const seen = new Set<HandleKey>();
  const values: StoredValue[] = [];

  const publicValues = async (handle: string): Promise<RecordValues> => {
    const key = handleKey(recordHandle(handle));
    if (seen.has(key) || seen.size >= MAX_INCLUDED) return [];
    seen.add(key);
    try {
      return context.publicValues((await findRecord(context, handle)).values);
    } catch (error) {
      if (isHandleError(error)) return [];
      throw error;
    }
  };

  const readAll = async (
    from: readonly Locations[],
    kinds: readonly [LocationInclude["kind"], LocationInclude["kind"]],
    level: number,
  ): Promise<readonly Locations[]> => {
    const found: Locations[] = [];
    for (const { kind, handle } of from.flatMap(({ includes }) => includes)) {
      if (!kinds.includes(kind) || level >= MAX_LEVELS) continue;
      const named = kind === kinds[0] ? [handle] : namespaceHandles(await publicValues(handle));
      for (const each of named) {
        const read = await publicValues(each);
        const locations = readLocations(each, read, isLocType, context.log, budget);
        values.push(...read.filter(({ type }) => isLocType(type)));
        found.push(...locations, ...(await readAll(locations, ["include", "includeNamespace"], level + 1)));
      }
    }
    return found;
  };

  const included = await readAll(own, ["include", "includeNamespace"], 0);
  const isSuppressed = [...own, ...included].some(({ attributes }) => attributes.has("no_nslocs"));
  const namespace = isSuppressed ? [] : await readAll(own, ["nshdl", "overridePrefix"], 0);
  return { own: included, namespace, values };
}

/** The candidates without those that lead nowhere: no URL, or one of a scheme that is not followed. */
function followable(candidates: Candidates): Candidates {
  return {
    ...candidates,
    list: candidates.list.filter(({ url }) => redirectTarget(url?.trim() ?? "") !== undefined),
  };
}

/** The text of a URL value; empty for bytes that are no text, which lead nowhere. */
const urlOf = ({ data }: StoredValue) => decodeUtf8(data) ?? "";
const isUrl = ({ type }: StoredValue) => hasType(type, "URL");
const isPlainUrl = ({ type }: StoredValue) => ["URL", "0.TYPE/URL"].includes(foldCase(type));

/** A record without locations: its URL values, or else those of a subtype; the first one counts. */
function plainTargets(handle: string, values: RecordValues): Targets {
  const exact = values.filter(isPlainUrl);
  const used = exact.length > 0 ? exact : values.filter(isUrl);
  const urls = used.map((value) => ({ url: urlOf(value), isSubtype: false }));
  const { list, ...rules } = collectCandidates({ handle, own: [], urls });
  const candidates = {
    ...rules,
    list: list.map(({ url, entry }, i) => {
      const attributes = new Map([...entry.attributes, ["weight", i === 0 ? "1.0" : "0.0"]] as const);
      return { url, entry: { ...entry, weight: i === 0 ? 1 : 0, attributes } };
    }),
  };
  const followed = followable(candidates);
  const at = list.findIndex(({ url }) => url === followed.list[0]?.url);
  return { candidates, followed, values: used.slice(at, at + 1), related: [], hasLocations: false };
}

/**
 * Finds the URLs that the public values of a record offer.
 *
 * @param handle as it was asked for
 * @returns undefined when the record has no URL and no `10320/loc` value
 */
export async function findTargets(
  context: ReadContext,
  handle: string,
  values: RecordValues,
): Promise<Targets | undefined> {
  if (!values.some((value) => isUrl(value) || isLocType(value.type))) return undefined;
  const isLocation = ({ type }: StoredValue) =>
    isLocType(type) || hasType(type, "10320/links") || hasType(type, "10320/headers");
  if (!values.some(isLocation)) return plainTargets(handle, values);

  const budget = { bytes: MAX_LOCATION_BYTES };
  const own = readLocations(handle, values, isLocType, context.log, budget);
  const included = await readIncluded(context, own, budget);
  const urls = values
    .filter(isUrl)
    .map((value) => ({ url: urlOf(value), isSubtype: foldCase(value.type) !== "URL" }));
  const candidates = collectCandidates({
    handle,
    own,
    included: included.own,
    urls,
    namespace: included.namespace,
  });
  const links = readLocations(handle, values, (type) => hasType(type, "10320/links"), context.log, budget);
  const { list } = collectCandidates({ handle, own: links });
  const used = values.filter((value) => isLocation(value) || (candidates.withUrls && isUrl(value)));
  return {
    candidates,
    followed: followable(candidates),
    values: [...used, ...included.values],
    related: [...candidates.list, ...list].filter(({ entry }) => entry.attributes.has("rel")),
    hasLocations: true,
  };
}

/** Finds the URLs that values offer, see {@link findTargets}. */
export type FindTargets = (
  context: ReadContext,
  handle: string,
  values: RecordValues,
  /** True for all public values of a record, which the store may return again. */
  keep: boolean,
) => Promise<Targets | undefined>;

/** Creates a {@link findTargets} that keeps what it found in whole records without locations, as long as their arrays. */
export function createFindTargets(): FindTargets {
  const known = createDerived<RecordValues, Targets>();
  return async (context, handle, values, keep) => {
    const kept = known.get(values);
    if (kept !== undefined) return kept;
    const found = await findTargets(context, handle, values);
    // With locations it also depends on the handle, other records and the log.
    if (keep && found !== undefined && !found.hasLocations) known.set(values, found);
    return found;
  };
}

/** True when a value of a record may be an alias. */
export function aliasOf({ type, data }: StoredValue): string | undefined {
  return hasType(type, "HS_ALIAS") ? (decodeUtf8(data) ?? "") : undefined;
}
