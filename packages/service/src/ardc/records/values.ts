import { decodeUtf8, encodeAdmin, encodeUtf8, prefixHandle } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { type ArdcProperty, replaceForbidden } from "@handlekit/xml";
import { isPublic } from "../../operations/read-record.ts";

const ADMIN = 100;
const OWNER = 101;
const OWNER_KEY = 102;
const APP_ID = 103;
/** The index of the list of administrators in the prefix handle. */
const ADMIN_LIST = 200;
const SECRET_KEY = 300;
/** All permissions except those for derived prefixes. */
const PERMISSIONS = "111111110011";
const TTL = 1800;
const PUBLIC = 0b1110;
const HIDDEN = 0b1100;
const LOSSY = new TextDecoder("utf-8", { ignoreBOM: true });

/** Returns true for an index that clients may not write to. */
export function isReserved(index: number): boolean {
  return (index >= ADMIN && index <= 199) || index === ADMIN_LIST || index === SECRET_KEY;
}

/** The types that clients may write. */
export const WRITABLE_TYPES = ["URL", "DESC"] as const;

/** Returns true for a type that clients may write. */
export function isWritable(type: string): boolean {
  return type === "URL" || type === "DESC";
}

/**
 * Creates a value with a text as data.
 *
 * @param timestamp seconds since 1970
 */
export function textValue(
  index: number,
  type: string,
  text: string,
  timestamp: number,
  permissions: number = PUBLIC,
): StoredValue {
  const data = encodeUtf8(text);
  return { index, type, data, ttlType: "relative", ttl: TTL, permissions, timestamp, references: [] };
}

/** Replaces the text of a value. */
export function withText(value: StoredValue, text: string, timestamp: number): StoredValue {
  return { ...value, data: encodeUtf8(text), ttlType: "relative", ttl: TTL, timestamp };
}

function sorted(values: readonly StoredValue[]): StoredValue[] {
  return [...values].sort((a, b) => a.index - b.index);
}

/** Creates the record of a minted handle: its values, its administrators, and its owner handle. */
export function mintedRecord(
  prefix: string,
  owner: string,
  values: readonly StoredValue[],
  timestamp: number,
): StoredValue[] {
  const admin = { handle: prefixHandle(prefix), index: ADMIN_LIST, permissions: PERMISSIONS };
  return sorted([
    ...values,
    { ...textValue(ADMIN, "HS_ADMIN", "", timestamp), data: encodeAdmin(admin) },
    textValue(OWNER, "AGENTID", owner, timestamp),
  ]);
}

/** Creates the record of an owner handle, which owns itself, with the owner's key and App Id, both hidden. */
export function ownerRecord(
  prefix: string,
  owner: { readonly handle: string; readonly key: string; readonly appId: string },
  timestamp: number,
): StoredValue[] {
  const hidden = [
    textValue(OWNER_KEY, "DESC", owner.key, timestamp, HIDDEN),
    textValue(APP_ID, "APPID", owner.appId, timestamp, HIDDEN),
  ];
  return mintedRecord(prefix, owner.handle, hidden, timestamp);
}

/** Adds the App Id to the record of an owner handle that has none. */
export function withAppId(values: RecordValues, appId: string, timestamp: number): StoredValue[] {
  const others = values.filter(({ index }) => index !== APP_ID);
  return sorted([...others, textValue(APP_ID, "APPID", appId, timestamp, HIDDEN)]);
}

function textAt(values: RecordValues, index: number, type: string): string | undefined {
  const value = values.find((each) => each.index === index && each.type === type);
  return value && decodeUtf8(value.data);
}

/** The owner handle that a record names. */
export function ownerOf(values: RecordValues): string | undefined {
  return textAt(values, OWNER, "AGENTID");
}

/** Returns the owner's key in the record of an owner handle. */
export function ownerKeyOf(values: RecordValues): string | undefined {
  return textAt(values, OWNER_KEY, "DESC");
}

/** Returns the App Id in the record of an owner handle. */
export function appIdOf(values: RecordValues): string | undefined {
  return textAt(values, APP_ID, "APPID");
}

/** Returns true for the values that the service shows and that their owner may change. */
export function isShown(value: StoredValue): boolean {
  return isWritable(value.type) && isPublic(value);
}

/** Returns the values that the service shows, in ascending order. */
export function shownProperties(values: RecordValues): ArdcProperty[] {
  return values
    .filter(isShown)
    .map(({ index, type, data }) => ({ index, type, value: replaceForbidden(LOSSY.decode(data)) }));
}
