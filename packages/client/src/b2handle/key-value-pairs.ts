import { hasType, type ValueData } from "@handlekit/core";
import { addLocation, createLocations, formatLocations, type LocationAttributes } from "@handlekit/loc";
import { checkPlainObject } from "../check-call.ts";
import type { ClientSettings } from "../settings.ts";
import { listValues, type NewValue, type NewValues } from "../writing/allocate-indexes.ts";
import { IllegalOperationException } from "./exceptions.ts";

/** The owner in an HS_ADMIN value, and its permissions. Default: those of the owner of new handles. */
export interface AdminOwner {
  readonly handle: string;
  readonly index: number;
  readonly permissions?: string | undefined;
}

/**
 * Values to be written: an object from type to data, HS_ADMIN as `{ handle, index }`; or a list, in which `index` chooses
 * one of several values of a type.
 */
export type KeyValuePairs = Readonly<Record<string, string | ValueData | AdminOwner>> | readonly NewValue[];

/** Options of `registerHandle`. */
export interface RegisterOptions {
  readonly checksum?: string | null | undefined;
  /** Further URLs, for a `10320/loc`. */
  readonly additionalURLs?: readonly string[] | null | undefined;
  /** Values of other types, except HS_ADMIN. */
  readonly extratypes?: NewValues | undefined;
  /** Replace the whole record if the handle exists. Default false. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Returns the list form of key-value pairs.
 *
 * @throws HandleError `invalid_options`
 */
export function listPairs(
  pairs: KeyValuePairs,
  defaultPermissions: string,
  caller: string,
  what = "pairs",
): readonly NewValue[] {
  if (Array.isArray(pairs)) return listValues(pairs, caller, what);
  checkPlainObject(caller, what, pairs);
  const entries = Object.entries(pairs as Exclude<KeyValuePairs, readonly NewValue[]>);
  return entries.map(([type, data]) => {
    // The client checks all other data.
    if (typeof data !== "object" || data === null || "format" in data) return { type, data };
    const value = { ...data, permissions: data.permissions ?? defaultPermissions };
    return { type, data: { format: "admin", value } };
  });
}

/** @throws IllegalOperationException if one of the values is HS_ADMIN */
export function refuseAdmin(
  values: readonly Pick<NewValue, "type">[],
  operation: string,
  handle: string,
  hint: string,
): void {
  if (!values.some(({ type }) => hasType(type, "HS_ADMIN"))) return;
  const message = `${operation} does not write HS_ADMIN of ${handle}; nothing was changed. ${hint}`;
  throw new IllegalOperationException(message, { handle, operation });
}

/**
 * Returns the data of a new `10320/loc`.
 *
 * @throws HandleError `invalid_value` for invalid attributes
 */
export function writeLocations(
  urls: readonly string[],
  chooseby?: string,
  attributes: LocationAttributes = {},
): string {
  const empty = createLocations({ chooseby });
  return formatLocations(urls.reduce((all, url) => addLocation(all, url, attributes), empty));
}

/** Returns the values of a new record, except HS_ADMIN, in the order of B2HANDLE, which determines their indexes. */
export function listNewRecord(
  location: string | null,
  { checksum, additionalURLs, extratypes = {} }: RegisterOptions,
  { permissions, locChooseBy, locType }: Pick<ClientSettings, "permissions" | "locChooseBy" | "locType">,
  caller: string,
): readonly NewValue[] {
  const urls = additionalURLs ?? [];
  return [
    ...(location === null ? [] : [{ type: "URL", data: location }]),
    ...(checksum === null || checksum === undefined ? [] : [{ type: "CHECKSUM", data: checksum }]),
    ...listPairs(extratypes, permissions, caller, "extratypes"),
    ...(urls.length === 0 ? [] : [{ type: locType, data: writeLocations(urls, locChooseBy) }]),
  ];
}
