import { decodeBase64, decodeHex, decodeUtf8, encodeBase64, encodeUtf8 } from "../bytes.ts";
import { HandleError, isHandleError } from "../error.ts";
import { quoteForMessage } from "../handle.ts";
import { MAX_INDEX, type ValueReference } from "../reference.ts";
import { decodeAdmin, decodeValueList, encodeAdmin, encodeValueList } from "./admin.ts";
import { permissionString } from "./permissions.ts";
import { decodePublicKey, encodePublicKey } from "./public-key.ts";
import { decodeSite, encodeSite } from "./site.ts";
import { readSite } from "./site-json.ts";
import type { AdminRecord, PublicKeyJwk, ValueData } from "./value.ts";

function invalid(message: string, hint?: string): HandleError {
  return new HandleError("invalid_value", { message, hint });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An index as the API takes it: an integer or its decimal text. */
export function readIndex(value: unknown, what: string): number {
  const index = typeof value === "string" && /^[+-]?\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof index !== "number" || (index | 0) !== index) {
    throw invalid(`The index of ${what} is not a whole number up to ${MAX_INDEX}.`);
  }
  return index | 0;
}

/** A `{ handle, index }` object of the API. */
export function readReference(value: unknown, what: string): ValueReference {
  if (!isObject(value) || typeof value.handle !== "string") {
    throw invalid(
      `A handle and an index must stand in ${what}.`,
      'Write {"handle":"prefix/suffix","index":300}.',
    );
  }
  return { handle: value.handle, index: readIndex(value.index, what) };
}

/** Permissions as the API takes them: binary digits, "*", true, false, the bits as a number, or a list, add handle first. */
function readAdminPermissions(value: unknown): string {
  if (value === undefined || value === null || value === false) return permissionString(0);
  if (value === true || value === "*") return permissionString(0xfff);
  if (Array.isArray(value)) {
    return permissionString(
      value.slice(0, 12).reduce((bits: number, on, i) => (on ? bits | (1 << i) : bits), 0),
    );
  }
  if (typeof value === "number" && (value & 0xfff) === value) return permissionString(value);
  if (typeof value !== "string" || !/^[01]{1,12}$/.test(value)) {
    throw invalid(
      "The permissions of an HS_ADMIN value are not twelve binary digits.",
      "List handles first, add handle last, for example 011111110011.",
    );
  }
  return value.padStart(12, "0");
}

function readAdmin(value: unknown): AdminRecord {
  const reference = readReference(value, "an HS_ADMIN value");
  const given = isObject(value) ? value : {};
  const permissions = readAdminPermissions(given.permissions);
  return {
    ...reference,
    permissions,
    ...(given.legacyByteLength === true ? { legacyByteLength: true } : {}),
  };
}

function readList(value: unknown): ValueReference[] {
  if (!Array.isArray(value)) throw invalid("An HS_VLIST value is not a list of references.");
  return value.map((entry) => readReference(entry, "an entry of an HS_VLIST value"));
}

function readKey(value: unknown): PublicKeyJwk {
  if (!isObject(value) || (value.kty !== "RSA" && value.kty !== "DSA")) {
    throw invalid("A key value is not a JSON Web Key of type RSA or DSA.");
  }
  return value as unknown as PublicKeyJwk;
}

function readText(value: unknown, format: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw invalid(`Data of format ${format} needs a text as its value.`);
}

/**
 * The bytes of a value's data, from the REST API's form: a text, or `{ format, value }` with the formats
 * string, base64, hex, admin, vlist, key and site (in any case).
 *
 * @param data what a client sent; nothing about it is taken for granted
 * @throws HandleError `invalid_value` naming what is wrong with it, never quoting the data
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
      if (!bytes) throw invalid("The base64 data are not base64.");
      return bytes;
    }
    case "hex": {
      const bytes = decodeHex(readText(value, format));
      if (!bytes) throw invalid("The hex data are not pairs of hexadecimal digits.");
      return bytes;
    }
    case "admin":
      return encodeAdmin(readAdmin(value));
    case "vlist":
      return encodeValueList(readList(value));
    case "key":
      return encodePublicKey(readKey(value));
    case "site":
      return encodeSite(readSite(value));
    default:
      throw invalid(
        format === undefined
          ? "The data have no format."
          : `The data format ${quoteForMessage(format)} is not known.`,
        "Formats are string, base64, hex, admin, vlist, key and site.",
      );
  }
}

function plain(bytes: Uint8Array): ValueData {
  const text = decodeUtf8(bytes);
  const printable =
    text !== undefined &&
    bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x13));
  return printable ? { format: "string", value: text } : { format: "base64", value: encodeBase64(bytes) };
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
 * Data as the REST API shows them: by the value's type where it has a structure and the bytes have it too,
 * else as text when they are printable UTF-8, else as base64.
 *
 * @param type the type of the value
 * @param bytes its data
 * @example
 * ```ts
 * decodeData("URL", encodeUtf8("https://example.org/")); // { format: "string", value: "https://example.org/" }
 * ```
 */
export function decodeData(type: string, bytes: Uint8Array): ValueData {
  const structured = Object.hasOwn(STRUCTURED, type) ? STRUCTURED[type] : undefined;
  if (structured === undefined) return plain(bytes);
  try {
    return structured(bytes);
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return plain(bytes);
    throw error;
  }
}
