import { checkArgument, checkObject } from "../check.ts";
import { invalidOptions, invalidValue, isHandleError } from "../error.ts";
import { quoteForMessage } from "../handle.ts";
import { decodeData, encodeData, readIndex, readReference } from "./data.ts";
import type { HandleValue, StoredValue } from "./value.ts";

/** The default of a value's ttl: how long it may be cached, in seconds. */
export const DEFAULT_TTL = 86_400;

const DEFAULT_PERMISSIONS = 0b1110;
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Returns the seconds since 1970 of an ISO 8601 time or date; without a zone it is UTC. */
function epochSeconds(text: string, what: string): number {
  const match = ISO_TIME.exec(text);
  const milliseconds = match ? Date.parse(match[1] || !text.includes("T") ? text : `${text}Z`) : Number.NaN;
  const seconds = Math.floor(milliseconds / 1000);
  if (Number.isNaN(seconds) || seconds < 0 || seconds > 0xffffffff) {
    throw invalidValue(
      `The ${what} ${quoteForMessage(text)} is not a time.`,
      "Write it as 2030-01-02T03:04:05Z.",
    );
  }
  return seconds;
}

/** Returns the ISO 8601 form of seconds since 1970, in UTC: `2030-01-02T03:04:05Z`. */
export function formatTime(seconds: number): string {
  if (seconds !== formatted.seconds) {
    formatted = { seconds, text: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` };
  }
  return formatted.text;
}

// Most values of a record have the same time.
let formatted = { seconds: 0, text: "1970-01-01T00:00:00Z" };

function readTtl(value: unknown): Pick<StoredValue, "ttl" | "ttlType"> {
  if (value === undefined) return { ttlType: "relative", ttl: DEFAULT_TTL };
  if (typeof value === "number" && (value | 0) === Math.trunc(value)) {
    return { ttlType: "relative", ttl: value | 0 };
  }
  if (typeof value === "string") return { ttlType: "absolute", ttl: epochSeconds(value, "ttl") };
  throw invalidValue(
    "The ttl is neither a number of seconds nor a time.",
    "Write 86400 or 2030-01-02T03:04:05Z.",
  );
}

function readPermissions(given: unknown): number {
  // Handle.Net reads the number 1110 as it reads the text.
  const value = typeof given === "number" ? String(given) : given;
  if (value === undefined) return DEFAULT_PERMISSIONS;
  if (value === "*") return 0b1111;
  if (typeof value === "string" && /^[01]{4,}$/.test(value)) return Number.parseInt(value.slice(-4), 2);
  // Handle.Net skips the first digit of a short string and lays the others over the default from the right.
  if (typeof value === "string" && /^[01]{0,3}$/.test(value)) {
    return Number.parseInt(DEFAULT_PERMISSIONS.toString(2).slice(0, 5 - value.length) + value.slice(1), 2);
  }
  throw invalidValue(
    "The permissions of the value are not four binary digits.",
    "Admin read, admin write, public read, public write: 1110 for a public value, 1100 for a hidden one.",
  );
}

/**
 * Encodes a value in the JSON of the REST API, with defaults for what is missing. The timestamp is 0: the server sets it.
 *
 * @param json anything, such as a value that a client sent; a {@link HandleValueInput} is valid
 * @throws HandleError `invalid_value` that names the index of the value and what is wrong, and never quotes its data
 * @example
 * ```ts
 * encodeValue({ index: 1, type: "URL", data: "https://example.org/" });
 * ```
 */
export function encodeValue(json: unknown): StoredValue {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalidValue(
      "A value is not an object.",
      'Write {"index":1,"type":"URL","data":"https://example.org/"}.',
    );
  }
  const given = json as Readonly<Record<string, unknown>>;
  const index = readIndex(given.index, "a value");
  // Handle.Net takes any primitive of JSON for a text.
  const type = typeof given.type === "number" ? String(given.type) : given.type;
  try {
    if (typeof type !== "string") throw invalidValue("It has no type.", 'Add a type, such as "type":"URL".');
    if (given.data === undefined) throw invalidValue("It has no data.");
    const references = given.references ?? [];
    if (!Array.isArray(references)) throw invalidValue("Its references are not a list.");
    if (typeof given.timestamp === "string") epochSeconds(given.timestamp, "timestamp");
    return {
      index,
      type,
      data: encodeData(given.data),
      ...readTtl(given.ttl),
      permissions: readPermissions(given.permissions),
      timestamp: 0,
      references: references.map((reference) => readReference(reference, "a reference of the value")),
    };
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw invalidValue(`The value at index ${index} cannot be used: ${error.message}`, error.hint);
  }
}

/**
 * Encodes all values of a record, as {@link encodeValue} does one, and gives them a timestamp.
 *
 * @param json the values in any order
 * @param time the timestamp. Default now
 * @returns the values in ascending index order, ready for a store
 * @throws HandleError as {@link encodeValue} does
 * @example
 * ```ts
 * const values = encodeValues([{ index: 1, type: "URL", data: "https://example.org/" }]);
 * await store.commit(handleKey("20.500.12345/abc"), "absent", values);
 * ```
 */
export function encodeValues(json: readonly unknown[], time: Date = new Date()): StoredValue[] {
  checkArgument("encodeValues", "json", json, ["array"]);
  if (!(time instanceof Date)) throw invalidOptions("encodeValues: time is not a Date.");
  const timestamp = Math.floor(time.getTime() / 1000);
  return json.map((value) => ({ ...encodeValue(value), timestamp })).sort((a, b) => a.index - b.index);
}

/**
 * Decodes a stored value to the JSON of the REST API, with members in its order. Permissions are left out if they are
 * "1110", the timestamp if it is unknown, and references if there are none.
 *
 * @param value the stored value
 * @example
 * ```ts
 * decodeValue(encodeValue({ index: 1, type: "URL", data: "https://example.org/" }));
 * // { index: 1, type: "URL", data: { format: "string", value: "https://example.org/" }, ttl: 86400 }
 * ```
 */
export function decodeValue(value: StoredValue): HandleValue {
  checkObject("decodeValue", "value", value);
  if (!Array.isArray(value.references)) {
    checkArgument("decodeValue", "value.references", value.references, ["array"]);
  }
  // The members in their order, added one by one: spreading optional ones takes several times as long.
  const json: { -readonly [Member in keyof HandleValue]?: HandleValue[Member] } = {
    index: value.index,
    type: value.type,
    data: decodeData(value.type, value.data),
  };
  if (value.permissions !== DEFAULT_PERMISSIONS) {
    json.permissions = value.permissions.toString(2).padStart(4, "0");
  }
  json.ttl = value.ttlType === "absolute" ? formatTime(value.ttl) : value.ttl;
  if (value.timestamp !== 0) json.timestamp = formatTime(value.timestamp);
  if (value.references.length > 0) json.references = value.references;
  return json as HandleValue;
}
