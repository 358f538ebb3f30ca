import {
  checkArgument,
  foldCase,
  HandleError,
  type HandleValue,
  invalidOptions,
  isHandleError,
  normalizeHandle,
} from "@handlekit/core";
import {
  addLocation,
  containsUrl,
  createLocations,
  exchangeUrl,
  formatLocations,
  isEmpty,
  LOC_TYPE,
  type LocationAttributes,
  type Locations,
  parseLocations,
  removeUrl,
} from "@handlekit/loc";
import { checkCallOptions, checkItems } from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import type { ClientContext } from "../context.ts";
import { readForChange, readTagged, type TaggedRecord } from "../reading/read-record.ts";
import { allocateIndexes } from "./allocate-indexes.ts";
import type { Change } from "./change.ts";
import { deleteValues } from "./delete-record.ts";
import { replaceValues } from "./modify-record.ts";
import { checkWrite, type WriteOptions } from "./write-options.ts";

/** The `10320/loc` value of a handle. Each edit writes that value alone. */
export interface HandleLocations {
  /**
   * Resolves to the locations of a handle, or undefined if it has no such value.
   * @throws HandleError `invalid_value` if it has several, or if the value is not text or breaks off
   */
  read(handle: string, options?: CallOptions): Promise<Locations | undefined>;
  /** Resolves to true if a location has this URL. */
  contains(handle: string, url: string, options?: CallOptions): Promise<boolean>;
  /** Resolves to true if the handle has no location. */
  isEmpty(handle: string, options?: CallOptions): Promise<boolean>;
  /** Adds locations, or sets attributes of present ones; creates the value if there is none. */
  add(
    handle: string,
    urls: string | readonly string[],
    attributes?: LocationAttributes,
    options?: WriteOptions,
  ): Promise<Change>;
  /** Replaces a URL in every location that has it; does nothing if none has. */
  exchange(handle: string, oldUrl: string, newUrl: string, options?: WriteOptions): Promise<Change>;
  /** Removes the locations with these URLs, and the value if no location is left. */
  remove(handle: string, urls: string | readonly string[], options?: WriteOptions): Promise<Change>;
}

/** Returns true for `10320/loc` in any case, and for none of its subtypes. */
export function isLoc(type: string): boolean {
  return foldCase(type) === foldCase(LOC_TYPE);
}

function locValue(handle: string, values: readonly HandleValue[]): HandleValue | undefined {
  const found = values.filter(({ type }) => isLoc(type));
  if (found.length <= 1) return found[0];
  throw new HandleError("invalid_value", {
    message: `${handle} has ${found.length} values of type 10320/loc, at indexes ${found.map((value) => value.index).join(", ")}.`,
    hint: "Delete all but one by index.",
    handle,
  });
}

/**
 * Returns the locations in a value of a handle.
 *
 * @throws HandleError `invalid_value`, `too_large`
 */
export function locationsIn(handle: string, { index, data }: HandleValue): Locations {
  const what = `The 10320/loc value of ${handle} at index ${index}`;
  if (data.format !== "string") {
    throw new HandleError("invalid_value", {
      message: `${what} is not text.`,
      hint: "Delete it by its index, then add the locations again.",
      handle,
    });
  }
  const locations = parsed(handle, what, data.value);
  const { problem } = locations;
  if (problem === undefined) return locations;
  throw new HandleError("invalid_value", {
    message: `${what} breaks off at line ${problem.line}, column ${problem.column}: ${problem.message}.`,
    hint: "Read it with readText, repair it with repairLocations of @handlekit/loc, and write it with modify.",
    handle,
  });
}

function parsed(handle: string, what: string, text: string): Locations {
  try {
    return parseLocations(text);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    const { code, message, hint } = error;
    throw new HandleError(code, {
      message: `${what} cannot be read: ${message}`,
      hint,
      handle,
      cause: error,
    });
  }
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

/** Creates the `locations` of a client. */
export function createHandleLocations(context: ClientContext): HandleLocations {
  const { connection, settings } = context;

  const read = async (caller: string, text: string, how: CallOptions) => {
    checkArgument(caller, "handle", text, ["string"]);
    checkCallOptions(caller, how);
    const handle = normalizeHandle(text);
    const { values } = await readTagged(connection, handle, { signal: how.signal });
    const value = locValue(handle, values);
    return value && locationsIn(handle, value);
  };

  const save = (
    record: TaggedRecord,
    present: HandleValue | undefined,
    next: Locations,
    how: WriteOptions,
  ) => {
    const { timestamp: _set, ...kept } = present ?? { type: LOC_TYPE };
    const values = allocateIndexes(
      [{ ...kept, data: formatLocations(next) }],
      record.values.map(({ index }) => index),
    );
    return replaceValues(context, record, values, how);
  };

  const edit = async (
    text: string,
    how: WriteOptions,
    run: (locations: Locations | undefined) => Locations | undefined,
  ): Promise<Change> => {
    const handle = normalizeHandle(text);
    const record = await readForChange(connection, handle, how);
    const value = locValue(handle, record.values);
    const before = value && locationsIn(handle, value);
    const after = run(before);
    const nothing = after === before || after === undefined || (value === undefined && isEmpty(after));
    if (nothing) return replaceValues(context, record, [], how);
    if (value !== undefined && isEmpty(after)) return deleteValues(context, handle, [value.index], how);
    return save(record, value, after, how);
  };

  return {
    read: (handle, how = {}) => read("locations.read", handle, how),
    async contains(handle, url, how = {}) {
      checkArgument("locations.contains", "url", url, ["string"]);
      const locations = await read("locations.contains", handle, how);
      return locations !== undefined && containsUrl(locations, url);
    },
    async isEmpty(handle, how = {}) {
      const locations = await read("locations.isEmpty", handle, how);
      return locations === undefined || isEmpty(locations);
    },
    async add(handle, urls, attributes = {}, how = {}) {
      checkWrite("locations.add", handle, how);
      const list = listUrls("locations.add", urls);
      checkAttributes("locations.add", attributes);
      return edit(handle, how, (locations) =>
        list.reduce(
          (all, url) => addLocation(all, url, attributes),
          locations ?? createLocations({ chooseby: settings.locChooseBy }),
        ),
      );
    },
    async exchange(handle, oldUrl, newUrl, how = {}) {
      checkWrite("locations.exchange", handle, how);
      checkArgument("locations.exchange", "oldUrl", oldUrl, ["string"]);
      checkArgument("locations.exchange", "newUrl", newUrl, ["string"]);
      return edit(handle, how, (locations) => locations && exchangeUrl(locations, oldUrl, newUrl));
    },
    async remove(handle, urls, how = {}) {
      checkWrite("locations.remove", handle, how);
      const list = listUrls("locations.remove", urls);
      return edit(
        handle,
        how,
        (locations) => locations && list.reduce((all, url) => removeUrl(all, url), locations),
      );
    },
  };
}
