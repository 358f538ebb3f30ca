import {
  encodeData,
  HandleError,
  type HandleValue,
  isHandleError,
  MAX_INDEX,
  type ValueData,
} from "@handlekit/core";

type Members = Readonly<Record<string, unknown>>;

/** Members whose null means that they are not there. */
const OPTIONAL: readonly string[] = ["ttl", "permissions", "timestamp", "references"];

const isPrimitive = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);

/** Returns data as the format string has them, for servers and services that give plain text, or numbers as text. */
function readData(data: unknown): unknown {
  if (isPrimitive(data)) return { format: "string", value: String(data) };
  const { format, value } = (data ?? {}) as Members;
  const isOdd = format === "string" && typeof value !== "string" && isPrimitive(value);
  return isOdd ? { format, value: String(value) } : data;
}

/** Returns true for data that are what their format says. */
function hasKnownFormat(data: unknown): boolean {
  const { format, value } = (data ?? {}) as Members;
  if (format === "string" && typeof value === "string") return true;
  try {
    encodeData(data);
    // A site without a list of servers can be written, but is not valid.
    return format !== "site" || Array.isArray((value as Members).servers);
  } catch (error) {
    if (isHandleError(error)) return false;
    throw error;
  }
}

function isIndex(index: unknown): index is number {
  return typeof index === "number" && Number.isInteger(index) && index >= 0 && index <= MAX_INDEX;
}

function readValue(value: unknown, warn: (text: string) => void): Members | undefined {
  const { index, type: written, data } = (value ?? {}) as Members;
  // JSON has types as numbers, too.
  const type = typeof written === "number" ? String(written) : written;
  if (index === undefined || index === null || typeof type !== "string") {
    warn("one of the values has no index or no type, and is left out");
    return undefined;
  }
  // Servers and services before version 8 gave indexes as text.
  const number = typeof index === "string" && /^\d{1,10}$/.test(index) ? Number(index) : index;
  const read = readData(data);
  if (!hasKnownFormat(read)) {
    warn(`the data of the value at index ${String(number)} have no known format, and are given as they are`);
  }
  const given = value as Members;
  const hasNull = OPTIONAL.some((name) => given[name] === null);
  if (number === index && type === written && read === data && !hasNull) return given;
  const members = Object.entries(given).filter(
    ([name, member]) => member !== null || !OPTIONAL.includes(name),
  );
  return { ...Object.fromEntries(members), index: number, type, data: read as ValueData };
}

function impossible(handle: string, what: string): HandleError {
  return new HandleError("protocol_error", {
    message: `The record of ${handle} cannot be trusted: the server gave ${what}.`,
    hint: "Check the server's address. No handle server stores such a record.",
    handle,
  });
}

/**
 * Reads the values of a record. An odd value does not take the record away: data that no known format describes are
 * given as they are, and a value without an index or a type is left out.
 *
 * @param warn called with what is odd
 * @throws HandleError `protocol_error` for an index that is not a whole number from 0 to 2147483647, or given twice:
 *   what would be written at such an index is not what was read
 */
export function readValues(
  listed: readonly unknown[],
  handle: string,
  warn: (text: string) => void,
): readonly HandleValue[] {
  const values: HandleValue[] = [];
  const seen = new Set<number>();
  for (const each of listed) {
    const value = readValue(each, warn);
    if (value === undefined) continue;
    const { index } = value;
    if (!isIndex(index))
      throw impossible(handle, "a value at an index that is not a number from 0 to 2147483647");
    if (seen.has(index)) throw impossible(handle, `two values at index ${index}`);
    seen.add(index);
    values.push(value as unknown as HandleValue);
  }
  return values;
}
