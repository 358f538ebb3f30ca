import { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from "../bytes.ts";
import { foldCase, type HandleKey } from "../handle.ts";
import { hasLoneSurrogate } from "../printable.ts";
import { MAX_INDEX, type ValueReference } from "../reference.ts";
import type { RecordValues } from "../store/handle-store.ts";
import type { StoredValue } from "../value/value.ts";

/** A record of an export. */
export interface ExportRecord {
  /** The key of the record in its store: the handle in upper case. */
  readonly handle: HandleKey;
  readonly values: RecordValues;
}

const INT32_MIN = -MAX_INDEX - 1;
const UINT32_MAX = 0xffff_ffff;
const VALUE_MEMBERS = new Set([
  "index",
  "type",
  "data",
  "ttlType",
  "ttl",
  "permissions",
  "timestamp",
  "references",
]);

type Members = Readonly<Record<string, unknown>>;

const isInteger = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

const isText = (value: unknown): value is string => typeof value === "string" && !hasLoneSurrogate(value);

/** Returns true for an object of JSON that has no other members than these. */
export function isObjectOf(value: unknown, members: ReadonlySet<string>): value is Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => members.has(name));
}

/** Returns true if a text can be the key of a record. */
export function isKey(value: unknown): value is HandleKey {
  return isText(value) && value.indexOf("/") > 0 && foldCase(value) === value;
}

/** Returns true if a text can be a prefix as stores keep it. */
export function isPrefix(value: unknown): value is string {
  return isText(value) && value !== "" && !value.includes("/") && foldCase(value) === value;
}

function reasonInReference(reference: ValueReference): string | undefined {
  if (!isInteger(reference.index, INT32_MIN, MAX_INDEX))
    return "an index in its references is not an integer";
  return isText(reference.handle) ? undefined : "a handle in its references is not a text";
}

function reasonInValue(value: StoredValue): string | undefined {
  const { ttl, ttlType } = value;
  if (!isText(value.type)) return "its type is not a text";
  if (!isInteger(value.permissions, 0, 15)) return "its permissions are not four binary digits";
  if (!isInteger(value.timestamp, 0, UINT32_MAX))
    return "its timestamp is not a number of seconds since 1970";
  if (ttlType === "absolute" ? !isInteger(ttl, 0, UINT32_MAX) : !isInteger(ttl, INT32_MIN, MAX_INDEX)) {
    return "its ttl is not a number of seconds";
  }
  for (const reference of value.references) {
    const reason = reasonInReference(reference);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Returns the reason why an export cannot contain a record with these values; undefined if it can. */
export function reasonAgainst(values: RecordValues): string | undefined {
  let last = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!isInteger(value.index, INT32_MIN, MAX_INDEX)) return "the index of a value is not an integer";
    if (value.index <= last) return "the values are not in ascending order of their indexes";
    last = value.index;
    const reason = reasonInValue(value);
    if (reason !== undefined) return `the value at index ${value.index}: ${reason}`;
  }
  return undefined;
}

function valueToJson(value: StoredValue): object {
  const text = decodeUtf8(value.data);
  return {
    index: value.index,
    type: value.type,
    data: text ?? { base64: encodeBase64(value.data) },
    ...(value.ttlType === "absolute" ? { ttlType: value.ttlType } : {}),
    ttl: value.ttl,
    permissions: value.permissions.toString(2).padStart(4, "0"),
    timestamp: value.timestamp,
    ...(value.references.length === 0
      ? {}
      : { references: value.references.map(({ index, handle }) => ({ index, handle })) }),
  };
}

/** Returns the values of a record as JSON without loss: data that are not UTF-8 as base64. */
export function valuesToJson(values: RecordValues): object[] {
  return values.map(valueToJson);
}

const BASE64 = new Set(["base64"]);
const REFERENCE = new Set(["index", "handle"]);

function dataFromJson(data: unknown): Uint8Array | undefined {
  // A lone surrogate has no bytes: other data would be stored than were read.
  if (typeof data === "string") return hasLoneSurrogate(data) ? undefined : encodeUtf8(data);
  if (!isObjectOf(data, BASE64) || typeof data.base64 !== "string") return undefined;
  return decodeBase64(data.base64);
}

function referencesFromJson(json: unknown): ValueReference[] | undefined {
  if (json === undefined) return [];
  if (!Array.isArray(json) || !json.every((each) => isObjectOf(each, REFERENCE))) return undefined;
  return json.map(({ index, handle }) => ({ index, handle }) as ValueReference);
}

/** Returns the value in its JSON, with members still to be checked, or the reason why it is none. */
function valueFromJson(json: unknown): StoredValue | string {
  if (!isObjectOf(json, VALUE_MEMBERS)) return "a value is not an object, or has unknown members";
  const { index, type, ttl, timestamp, permissions, ttlType = "relative" } = json;
  const data = dataFromJson(json.data);
  if (data === undefined) return "the data of a value are neither a text nor base64";
  if (ttlType !== "relative" && ttlType !== "absolute") return "the ttlType of a value is unknown";
  if (typeof permissions !== "string" || !/^[01]{4}$/.test(permissions)) {
    return "the permissions of a value are not four binary digits";
  }
  const references = referencesFromJson(json.references);
  if (references === undefined) return "the references of a value are not a list of index and handle";
  const given = { index, type, data, ttlType, ttl, timestamp, references };
  return { ...given, permissions: Number.parseInt(permissions, 2) } as StoredValue;
}

/** Returns the values in their JSON, or the reason why they are none. */
export function valuesFromJson(json: unknown): StoredValue[] | string {
  if (!Array.isArray(json)) return "its values are not a list";
  const values: StoredValue[] = [];
  for (const each of json) {
    const value = valueFromJson(each);
    if (typeof value === "string") return value;
    values.push(value);
  }
  return reasonAgainst(values) ?? values;
}
