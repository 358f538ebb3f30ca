import { decodeBase64, decodeHex, decodeUtf8, encodeBase64, encodeUtf8 } from "../bytes.ts";
import { checkBytes, checkText } from "../check.ts";
import { invalidValue, isHandleError } from "../error.ts";
import { quoteForMessage } from "../handle.ts";
import { MAX_INDEX, type ValueReference } from "../reference.ts";
import { decodeAdmin, decodeValueList, encodeAdmin, encodeValueList } from "./admin.ts";
import { permissionString } from "./permissions.ts";
import { decodePublicKey, encodePublicKey } from "./public-key.ts";
import { decodeSite, writeSite } from "./site.ts";
import { readSite } from "./site-json.ts";
import type { AdminRecord, PublicKeyJwk, ValueData } from "./value.ts";

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads an index as the REST API accepts it: an integer or its decimal text. */
export function readIndex(value: unknown, what: string): number {
  const index = typeof value === "string" && /^[+-]?\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof index !== "number" || (index | 0) !== index) {
    throw invalidValue(
      `The index of ${what} is not an integer up to ${MAX_INDEX}.`,
      'Add an index, such as "index":1.',
    );
  }
  return index | 0;
}

/** Reads a `{ handle, index }` object of the REST API. */
export function readReference(value: unknown, what: string): ValueReference {
  if (!isObject(value) || typeof value.handle !== "string") {
    throw invalidValue(
      `A handle and an index are missing in ${what}.`,
      'Write {"handle":"prefix/suffix","index":300}.',
    );
  }
  return { handle: value.handle, index: readIndex(value.index, what) };
}

/**
 * Reads the permissions of HS_ADMIN as Handle.Net does: binary digits, of which the last is add handle and only 1 grants
 * anything, so that missing digits grant nothing and those before the last twelve are ignored; "*", true, false, the bits
 * as a number, or a list, add handle first.
 */
function readAdminPermissions(value: unknown): string {
  if (value === undefined || value === null || value === false) return permissionString(0);
  if (value === true || value === "*") return permissionString(0xfff);
  if (Array.isArray(value)) {
    return permissionString(
      value.slice(0, 12).reduce((bits: number, on, i) => (on ? bits | (1 << i) : bits), 0),
    );
  }
  if (typeof value === "number" && (value | 0) === Math.trunc(value)) return permissionString(value);
  if (typeof value === "string") return value.slice(-12).replace(/[^1]/g, "0").padStart(12, "0");
  throw invalidValue(
    "The permissions of an HS_ADMIN value are neither binary digits nor a list.",
    "Write twelve digits, list handles first, add handle last, for example 011111110011.",
  );
}

function readAdmin(value: unknown): AdminRecord {
  const reference = readReference(value, "an HS_ADMIN value");
  const given = isObject(value) ? value : {};
  const permissions = readAdminPermissions(given.permissions);
  return { ...reference, permissions, legacyByteLength: given.legacyByteLength === true };
}

function readList(value: unknown): ValueReference[] {
  if (!Array.isArray(value)) {
    throw invalidValue(
      "The data of an HS_VLIST value are not a list of references.",
      'Write [{"handle":"prefix/suffix","index":300}].',
    );
  }
  return value.map((entry) => readReference(entry, "an entry of an HS_VLIST value"));
}

function readKey(value: unknown): PublicKeyJwk {
  if (!isObject(value) || (value.kty !== "RSA" && value.kty !== "DSA")) {
    throw invalidValue(
      "The data of format key are not a JSON Web Key of type RSA or DSA.",
      'Write {"kty":"RSA","n":"...","e":"AQAB"}.',
    );
  }
  return value as unknown as PublicKeyJwk;
}

function readText(value: unknown, format: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw invalidValue(`Data of format ${format} have no text as their value.`);
}

/**
 * Encodes the data of a value in the JSON of the REST API: a text, or `{ format, value }` with the formats string,
 * base64, hex, admin, vlist, key and site (in upper or lower case).
 *
 * @param data anything, such as data that a client sent
 * @returns the bytes of the data
 * @throws HandleError `invalid_value` that says what is wrong and never quotes the data
 * @example
 * ```ts
 * encodeData({ format: "hex", value: "68656c6c6f" }); // the bytes of "hello"
 * ```
 */
export function encodeData(data: unknown): Uint8Array<ArrayBuffer> {
  if (!isObject(data)) return encodeUtf8(readText(data, "string"));
  const format = typeof data.format === "string" ? data.format.toLowerCase() : undefined;
  const value = data.value;
  switch (format) {
    case "string":
      return encodeUtf8(readText(value, format));
    case "base64": {
      const bytes = decodeBase64(readText(value, format));
      if (!bytes) throw invalidValue("The data of format base64 are not base64.");
      return bytes;
    }
    case "hex": {
      const bytes = decodeHex(readText(value, format));
      if (!bytes) throw invalidValue("The data of format hex are not pairs of hexadecimal digits.");
      return bytes;
    }
    case "admin":
      return encodeAdmin(readAdmin(value));
    case "vlist":
      return encodeValueList(readList(value));
    case "key":
      return encodePublicKey(readKey(value));
    case "site":
      return writeSite(readSite(value));
    default:
      throw invalidValue(
        format === undefined
          ? "The data have no format."
          : `The data format ${quoteForMessage(format)} is unknown.`,
        "Formats are string, base64, hex, admin, vlist, key and site.",
      );
  }
}

/** Returns true if Handle.Net takes a text for binary data: it has control characters other than 0x09 to 0x13. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 ? unit < 0x09 || unit > 0x13 : unit === 0x7f) return true;
  }
  return false;
}

/** Decodes data without a structure: text if they are UTF-8 without some control characters. */
function plain(bytes: Uint8Array): ValueData {
  const text = decodeUtf8(bytes);
  return text === undefined || hasControls(text)
    ? { format: "base64", value: encodeBase64(bytes) }
    : { format: "string", value: text };
}

const site = (bytes: Uint8Array): ValueData => ({ format: "site", value: decodeSite(bytes) });

const STRUCTURED: Readonly<Record<string, (bytes: Uint8Array) => ValueData>> = {
  HS_ADMIN: (bytes) => ({ format: "admin", value: decodeAdmin(bytes) }),
  HS_VLIST: (bytes) => ({ format: "vlist", value: decodeValueList(bytes) }),
  HS_PUBKEY: (bytes) => ({ format: "key", value: decodePublicKey(bytes) }),
  HS_SITE: site,
  "HS_SITE.PREFIX": site,
  HS_NA_DELEGATE: site,
};

/**
 * Decodes the data of a value to the JSON of the REST API: structured if the type of the value has a structure and the
 * bytes fit it, else text if they are printable UTF-8, else base64.
 *
 * @param type the type of the value
 * @param bytes its data
 * @example
 * ```ts
 * decodeData("URL", encodeUtf8("https://example.org/")); // { format: "string", value: "https://example.org/" }
 * ```
 */
export function decodeData(type: string, bytes: Uint8Array): ValueData {
  checkText("decodeData", "type", type);
  checkBytes("decodeData", "bytes", bytes);
  const structured = Object.hasOwn(STRUCTURED, type) ? STRUCTURED[type] : undefined;
  if (structured === undefined) return plain(bytes);
  try {
    return structured(bytes);
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return plain(bytes);
    throw error;
  }
}
