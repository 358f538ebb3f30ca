import {
  decodeBase64,
  decodeHex,
  decodeUtf8,
  foldCase,
  HandleError,
  type HandleValue,
  isHandleError,
} from "@handlekit/core";
import { LOC_TYPE, type Locations, parseLocations } from "@handlekit/loc";

/** Returns true for `10320/loc` in any case, and for none of its subtypes. */
export function isLoc(type: string): boolean {
  return foldCase(type) === foldCase(LOC_TYPE);
}

function describe(handle: string, { index, type }: HandleValue): string {
  return `The ${type} value of ${handle} at index ${index}`;
}

/** Returns the text of a value; servers give text that contains control characters as base64. */
export function textIn({ data }: HandleValue): string | undefined {
  if (data?.format === "string") return data.value;
  if (data?.format !== "base64" && data?.format !== "hex") return undefined;
  const bytes = data.format === "hex" ? decodeHex(data.value) : decodeBase64(data.value);
  return bytes && decodeUtf8(bytes);
}

/**
 * Returns the locations in a value of a handle, also when the value breaks off.
 *
 * @throws HandleError `invalid_value` if it is not text, `too_large`
 */
export function looseLocationsIn(handle: string, value: HandleValue): Locations {
  const text = textIn(value);
  if (text === undefined) {
    throw new HandleError("invalid_value", {
      message: `${describe(handle, value)} is not text.`,
      hint: "Delete it by its index, then add the locations again.",
      handle,
    });
  }
  try {
    return parseLocations(text);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    const { code, message, hint } = error;
    throw new HandleError(code, {
      message: `${describe(handle, value)} cannot be read: ${message}`,
      hint,
      handle,
      cause: error,
    });
  }
}

/**
 * Returns the locations in a value of a handle.
 *
 * @throws HandleError `invalid_value` also if it breaks off
 */
export function locationsIn(handle: string, value: HandleValue): Locations {
  const locations = looseLocationsIn(handle, value);
  const { problem } = locations;
  if (problem === undefined) return locations;
  throw new HandleError("invalid_value", {
    message: `${describe(handle, value)} breaks off at line ${problem.line}, column ${problem.column}: ${problem.message}.`,
    hint: "locations.repair keeps what can be read of it.",
    handle,
  });
}
