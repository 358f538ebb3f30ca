import {
  checkArgument,
  type HandleValue,
  type HandleValueInput,
  invalidOptions,
  normalizeHandle,
} from "@handlekit/core";
import {
  addLocation,
  containsUrl,
  createLocations,
  exchangeUrl,
  formatLocations,
  isEmpty,
  type LocationAttributes,
  type Locations,
  mergeLocations,
  removeUrl,
  repairLocations,
} from "@handlekit/loc";
import { checkCallOptions, checkItems } from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import type { ClientContext } from "../context.ts";
import { readForChange, readTagged } from "../reading/read-record.ts";
import { allocateIndexes } from "./allocate-indexes.ts";
import type { Change } from "./change.ts";
import { isLoc, locationsIn, looseLocationsIn, textIn } from "./location-values.ts";
import { replaceValues } from "./modify-record.ts";
import { checkWrite, type WriteOptions } from "./write-options.ts";

/**
 * The `10320/loc` value of a handle; if it has several, such as the `10320/LOC` that B2HANDLE adds, all of them. Each edit
 * writes these values alone, and throws `invalid_value` if one is not text or breaks off.
 */
export interface HandleLocations {
  /**
   * Resolves to the locations of a handle, those of several values as one, or undefined if it has no such value.
   * @throws HandleError `invalid_value` if a value is not text or breaks off
   */
  read(handle: string, options?: CallOptions): Promise<Locations | undefined>;
  /** Resolves to true if a location has this URL. */
  contains(handle: string, url: string, options?: CallOptions): Promise<boolean>;
  /** Resolves to true if the handle has no location and no include. False if a value is not text or breaks off. */
  isEmpty(handle: string, options?: CallOptions): Promise<boolean>;
  /** Adds locations, or sets attributes of present ones; creates a value of the client's `locType` if there is none. */
  add(
    handle: string,
    urls: string | readonly string[],
    attributes?: LocationAttributes,
    options?: WriteOptions,
  ): Promise<Change>;
  /** Replaces a URL in every location that has it; does nothing if none has. */
  exchange(handle: string, oldUrl: string, newUrl: string, options?: WriteOptions): Promise<Change>;
  /** Removes the locations with these URLs, and a value in which neither a location nor an include is left. */
  remove(handle: string, urls: string | readonly string[], options?: WriteOptions): Promise<Change>;
  /** Replaces each value that is not well-formed by what can be read of it; see `repairLocations` of `@handlekit/loc`. */
  repair(handle: string, options?: WriteOptions): Promise<Change>;
  /** Makes several values one, of the client's `locType` if there is such a value, without losing a location. */
  merge(handle: string, options?: WriteOptions): Promise<Change>;
}

/** @throws HandleError `invalid_options` */
function listUrls(caller: string, urls: string | readonly string[]): readonly string[] {
  checkArgument(caller, "urls", urls, ["string", "array"]);
  if (typeof urls === "string") return [urls];
  checkItems(caller, "urls", urls, ["string"]);
  return urls;
}

/** @throws HandleError `invalid_options` */
function checkAttributes(caller: string, attributes: LocationAttributes): void {
  checkArgument(caller, "attributes", attributes, ["object"]);
  const misplaced = ["dryRun", "ifUnchanged", "signal"].find((name) => name in attributes);
  if (misplaced === undefined) return;
  throw invalidOptions(
    `${caller}: attributes has ${misplaced}, which is an option.`,
    "Options are the fourth argument; give {} as the third if there are no attributes.",
  );
}

interface LocationValue {
  readonly value: HandleValue;
  readonly locations: Locations;
}

/** The present values, in their order, after an edit: undefined for one to delete; and a value to be added. */
interface Edit {
  readonly edited: readonly (Locations | undefined)[];
  readonly created?: Locations | undefined;
}

function withLocations({ timestamp: _set, ...kept }: HandleValue, locations: Locations): HandleValueInput {
  return { ...kept, data: formatLocations(locations) };
}

/** Creates the `locations` of a client. */
export function createHandleLocations(context: ClientContext): HandleLocations {
  const { connection, settings } = context;

  const readAll = async (caller: string, text: string, how: CallOptions) => {
    checkArgument(caller, "handle", text, ["string"]);
    checkCallOptions(caller, how);
    const handle = normalizeHandle(text);
    const { values } = await readTagged(connection, handle, { signal: how.signal });
    return { handle, values: values.filter(({ type }) => isLoc(type)) };
  };

  /** Changes the values of a record, each of which is there with its locations; an undefined one is deleted. */
  const edit = async (
    text: string,
    how: WriteOptions,
    locationsOf: typeof locationsIn,
    run: (values: readonly LocationValue[]) => Edit,
  ): Promise<Change> => {
    const handle = normalizeHandle(text);
    const record = await readForChange(connection, handle, how);
    const present = record.values
      .filter(({ type }) => isLoc(type))
      .map((value): LocationValue => ({ value, locations: locationsOf(handle, value) }));
    const { edited, created } = run(present);
    const written: HandleValueInput[] = [];
    const removed: number[] = [];
    for (const [i, { value, locations }] of present.entries()) {
      const next = edited[i];
      if (next === locations) continue;
      if (next === undefined) removed.push(value.index);
      else written.push(withLocations(value, next));
    }
    if (created !== undefined && !isEmpty(created)) {
      const taken = record.values.map(({ index }) => index);
      written.push(...allocateIndexes([{ type: settings.locType, data: formatLocations(created) }], taken));
    }
    return replaceValues(context, record, written, removed, how);
  };

  const addAll = (
    values: readonly LocationValue[],
    urls: readonly string[],
    attributes: LocationAttributes,
  ): Edit => {
    if (values.length === 0) {
      const created = createLocations({ chooseby: settings.locChooseBy });
      return { edited: [], created: urls.reduce((all, url) => addLocation(all, url, attributes), created) };
    }
    const edited = values.map(({ locations }) => locations);
    const preferred = values.findIndex(({ value }) => value.type === settings.locType);
    for (const url of urls) {
      const holder = edited.findIndex((locations) => containsUrl(locations, url));
      const at = holder === -1 ? Math.max(preferred, 0) : holder;
      const target = edited[at];
      if (target) edited[at] = addLocation(target, url, attributes);
    }
    return { edited };
  };

  return {
    async read(text, how = {}) {
      const { handle, values } = await readAll("locations.read", text, how);
      const [first, ...others] = values.map((value) => locationsIn(handle, value));
      return first && (others.length === 0 ? first : mergeLocations([first, ...others]));
    },
    async contains(text, url, how = {}) {
      checkArgument("locations.contains", "url", url, ["string"]);
      const { handle, values } = await readAll("locations.contains", text, how);
      return values.some((value) => containsUrl(locationsIn(handle, value), url));
    },
    async isEmpty(text, how = {}) {
      const { handle, values } = await readAll("locations.isEmpty", text, how);
      return values.every((value) => {
        if (textIn(value) === undefined) return false;
        const locations = looseLocationsIn(handle, value);
        return locations.problem === undefined && isEmpty(locations);
      });
    },
    async add(handle, urls, attributes = {}, how = {}) {
      checkWrite("locations.add", handle, how);
      const list = listUrls("locations.add", urls);
      checkAttributes("locations.add", attributes);
      return edit(handle, how, locationsIn, (values) => addAll(values, list, attributes));
    },
    async exchange(handle, oldUrl, newUrl, how = {}) {
      checkWrite("locations.exchange", handle, how);
      checkArgument("locations.exchange", "oldUrl", oldUrl, ["string"]);
      checkArgument("locations.exchange", "newUrl", newUrl, ["string"]);
      return edit(handle, how, locationsIn, (values) => ({
        edited: values.map(({ locations }) => exchangeUrl(locations, oldUrl, newUrl)),
      }));
    },
    async remove(handle, urls, how = {}) {
      checkWrite("locations.remove", handle, how);
      const list = listUrls("locations.remove", urls);
      return edit(handle, how, locationsIn, (values) => ({
        edited: values.map(({ locations }) => {
          const next = list.reduce((all, url) => removeUrl(all, url), locations);
          return next !== locations && isEmpty(next) ? undefined : next;
        }),
      }));
    },
    async repair(handle, how = {}) {
      checkWrite("locations.repair", handle, how);
      return edit(handle, how, looseLocationsIn, (values) => ({
        edited: values.map(({ locations }) => {
          const isSound = locations.problem === undefined && locations.warnings.length === 0;
          return isSound ? locations : repairLocations(locations);
        }),
      }));
    },
    async merge(handle, how = {}) {
      checkWrite("locations.merge", handle, how);
      return edit(handle, how, locationsIn, (values) => {
        const edited = values.map(({ locations }) => locations);
        if (edited.length < 2) return { edited };
        const preferred = values.findIndex(({ value }) => value.type === settings.locType);
        const keeper = Math.max(preferred, 0);
        const merged = mergeLocations([
          ...edited.slice(keeper, keeper + 1),
          ...edited.filter((_, i) => i !== keeper),
        ]);
        return { edited: edited.map((_, i) => (i === keeper ? merged : undefined)) };
      });
    },
  };
}
