import {
  checkArgument,
  encodeHex,
  encodeUtf8,
  encodeValue,
  type HandleValueInput,
  isHandleError,
} from "@handlekit/core";
import { encodeRecord, type StoredValue } from "@handlekit/core/store";
import { canonicalJson } from "../canonical-json.ts";

/** The permissions in the encoding of a value that is only known as JSON. Other values never have this bit. */
const ONLY_JSON = 0x80;

/** Returns a value without time stamp; one that cannot be encoded, such as of an unknown format, as its JSON. */
function withoutTime(value: HandleValueInput): StoredValue {
  try {
    return { ...encodeValue(value), timestamp: 0 };
  } catch (error) {
    const { index, type } = value ?? {};
    if (!isHandleError(error) || !Number.isInteger(index) || typeof type !== "string") throw error;
    const data = encodeUtf8(canonicalJson({ ...value, timestamp: undefined }));
    return { index: index | 0, type: "", data, ...UNKNOWN };
  }
}

const UNKNOWN = {
  ttlType: "relative",
  ttl: 0,
  permissions: ONLY_JSON,
  timestamp: 0,
  references: [],
} as const;

/**
 * Returns the canonical bytes of a value: the protocol's encoding, defaults filled in, without a time stamp. A value that
 * cannot be encoded, which the client reads as it is, has those of its JSON.
 */
export function valueBytes(value: HandleValueInput): Uint8Array<ArrayBuffer> {
  return encodeRecord([withoutTime(value)]);
}

/**
 * Resolves to the digest of values, for `ifUnchanged`: SHA-256 over their canonical bytes by ascending index, without
 * time stamps. It covers the values that are given: a user who sees more values of a record gets another digest. A value
 * that cannot be encoded, such as one of a format that is not known here, counts by its JSON.
 *
 * @param values all values that were read of a record, without `indexes` or `types`
 * @returns 64 hexadecimal digits
 * @throws HandleError `invalid_value` if one of them is not a value with an index and a type; `invalid_options` if
 *   `values` is not an array
 * @example
 * ```ts
 * const { values } = await client.read("20.500.12345/abc");
 * await client.modify("20.500.12345/abc", { URL: "https://example.org/new" }, { ifUnchanged: await digestOf(values) });
 * ```
 */
export async function digestOf(values: readonly HandleValueInput[]): Promise<string> {
  checkArgument("digestOf", "values", values, ["array"]);
  const ordered = values.map(withoutTime).sort((a, b) => a.index - b.index);
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encodeRecord(ordered))));
}
