import { HandleError, type HandleValue, isHandleError, normalizeHandle } from "@handlekit/core";
import {
  addLocation,
  containsUrl,
  createLocations,
  exchangeUrl,
  formatLocations,
  isEmpty,
  isLocType,
  LOC_TYPE,
  type LocationAttributes,
  type Locations,
  parseLocations,
  removeUrl,
} from "@handlekit/loc";
import { allocateIndexes } from "./allocate-indexes.ts";
import type { Change } from "./change.ts";
import type { ServerConnection } from "./connection.ts";
import { readForChange, readRecord, type TaggedRecord } from "./read-record.ts";
import type { ClientSettings } from "./settings.ts";
import type { CallOptions, WriteOptions } from "./types.ts";
import type { Writer } from "./write-record.ts";

/** The `10320/loc` value of a handle. Each edit writes that value alone. */
export interface HandleLocations {
  /** The locations of a handle; undefined when it has no such value. @throws HandleError `invalid_value` for XML that is none */
  read(handle: string, options?: CallOptions): Promise<Locations | undefined>;
  /** True when a location has this URL. */
  contains(handle: string, url: string, options?: CallOptions): Promise<boolean>;
  /** True when there is no location with a URL. */
  isEmpty(handle: string, options?: CallOptions): Promise<boolean>;
  /** Adds locations, or sets attributes of those that are there; a first one makes the value. */
  add(
    handle: string,
    urls: string | readonly string[],
    attributes?: LocationAttributes,
    options?: WriteOptions,
  ): Promise<Change>;
  /** Writes another URL into every location that has the old one; nothing happens when none has. */
  exchange(handle: string, oldUrl: string, newUrl: string, options?: WriteOptions): Promise<Change>;
  /** Removes the locations with these URLs; the value goes with the last of them. */
  remove(handle: string, urls: string | readonly string[], options?: WriteOptions): Promise<Change>;
}

function locValue(handle: string, values: readonly HandleValue[]): HandleValue | undefined {
  const found = values.filter((value) => isLocType(value.type));
  if (found.length <= 1) return found[0];
  throw new HandleError("invalid_value", {
    message: `${handle} has ${found.length} values of type 10320/loc, at indexes ${found.map((value) => value.index).join(", ")}.`,
    hint: "Delete all but one by index.",
    handle,
  });
}

function locationsIn(handle: string, value: HandleValue): Locations {
  if (value.data.format !== "string") {
    throw new HandleError("invalid_value", {
      message: `The 10320/loc value of ${handle} is not a text.`,
      handle,
    });
  }
  try {
    return parseLocations(value.data.value);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw new HandleError(error.code, {
      message: `The 10320/loc value of ${handle} at index ${value.index} cannot be read: ${error.message}`,
      hint: error.hint,
      handle,
      cause: error,
    });
  }
}

const asList = (urls: string | readonly string[]): readonly string[] =>
  typeof urls === "string" ? [urls] : urls;

/** Makes the `locations` of a client. */
export function createHandleLocations(
  connection: ServerConnection,
  writer: Writer,
  settings: ClientSettings,
): HandleLocations {
  const read = async (text: string, how: CallOptions = {}) => {
    const handle = normalizeHandle(text);
    const { values } = await readRecord(connection, handle, how);
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
    return writer.replaceValues(record, values, how);
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
    if (nothing) return writer.replaceValues(record, [], how);
    if (value !== undefined && isEmpty(after)) return writer.deleteValues(handle, [value.index], how);
    return save(record, value, after, how);
  };

  return {
    read,
    async contains(handle, url, how = {}) {
      const locations = await read(handle, how);
      return locations !== undefined && containsUrl(locations, url);
    },
    async isEmpty(handle, how = {}) {
      const locations = await read(handle, how);
      return locations === undefined || isEmpty(locations);
    },
    add(handle, urls, attributes = {}, how = {}) {
      const { locChooseBy: chooseby } = settings;
      return edit(handle, how, (locations) =>
        asList(urls).reduce(
          (all, url) => addLocation(all, url, attributes),
          locations ?? createLocations(chooseby === undefined ? {} : { chooseby }),
        ),
      );
    },
    exchange(handle, oldUrl, newUrl, how = {}) {
      return edit(handle, how, (locations) => locations && exchangeUrl(locations, oldUrl, newUrl));
    },
    remove(handle, urls, how = {}) {
      return edit(handle, how, (locations) => locations && asList(urls).reduce(removeUrl, locations));
    },
  };
}
