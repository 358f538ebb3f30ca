import type { ValueData } from "@handlekit/core";
import {
  addLocation,
  createLocations,
  formatLocations,
  LOC_TYPE,
  type LocationAttributes,
} from "@handlekit/loc";
import type { NewValue, NewValues } from "../allocate-indexes.ts";
import { IllegalOperationException } from "./exceptions.ts";

/** Whom an HS_ADMIN value names, and what they may do: by default what owners of new handles may. */
export interface AdminOwner {
  readonly handle: string;
  readonly index: number;
  readonly permissions?: string;
}

/**
 * Values to write: an object from type to data, HS_ADMIN as `{ handle, index }`; or a list, where `index` says which
 * value of a type is meant.
 */
export type KeyValuePairs = Readonly<Record<string, string | ValueData | AdminOwner>> | readonly NewValue[];

/** What `registerHandle` writes beside the URL. */
export interface RegisterOptions {
  readonly checksum?: string | null | undefined;
  /** More URLs, for a `10320/loc`. */
  readonly additionalURLs?: readonly string[] | null | undefined;
  /** Values of other types; HS_ADMIN is none of them. */
  readonly extratypes?: NewValues | undefined;
  /** Replace the whole record when there is one. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** The list form of key-value pairs. */
export function listPairs(pairs: KeyValuePairs, defaultPermissions: string): readonly NewValue[] {
  if (Array.isArray(pairs)) return pairs;
  const entries = Object.entries(pairs as Exclude<KeyValuePairs, readonly NewValue[]>);
  return entries.map(([type, data]) => {
    // Anything but an object is for the client to take or to refuse.
    if (typeof data !== "object" || data === null || "format" in data) return { type, data };
    const value = { permissions: defaultPermissions, ...data };
    return { type, data: { format: "admin", value } };
  });
}

/** @throws IllegalOperationException when one of the values is HS_ADMIN */
export function refuseAdmin(
  values: readonly Pick<NewValue, "type">[],
  operation: string,
  handle: string,
  hint: string,
): void {
  if (!values.some(({ type }) => type === "HS_ADMIN")) return;
  const message = `${operation} does not write HS_ADMIN of ${handle}; nothing was changed. ${hint}`;
  throw new IllegalOperationException(message, { handle, operation });
}

/**
 * The data of a new `10320/loc`.
 *
 * @throws HandleError `invalid_value` for attributes that cannot be
 */
export function writeLocations(
  urls: readonly string[],
  chooseby?: string,
  attributes: LocationAttributes = {},
): string {
  const empty = createLocations(chooseby === undefined ? {} : { chooseby });
  return formatLocations(urls.reduce((all, url) => addLocation(all, url, attributes), empty));
}

/** The values of a new record but HS_ADMIN, in B2HANDLE's order, which their indexes follow. */
export function listNewRecord(
  location: string | null,
  { checksum, additionalURLs, extratypes = {} }: RegisterOptions,
  { permissions, chooseby }: { readonly permissions: string; readonly chooseby: string | undefined },
): readonly NewValue[] {
  const urls = additionalURLs ?? [];
  return [
    ...(location === null ? [] : [{ type: "URL", data: location }]),
    ...(checksum === null || checksum === undefined ? [] : [{ type: "CHECKSUM", data: checksum }]),
    ...listPairs(extratypes, permissions),
    ...(urls.length === 0 ? [] : [{ type: LOC_TYPE, data: writeLocations(urls, chooseby) }]),
  ];
}
