import { encodeHex, encodeValue, type HandleValueInput } from "@handlekit/core";
import { encodeRecord } from "@handlekit/core/store";

/** The canonical bytes of a value: as the protocol encodes it, defaults filled in, without time stamp. */
export function valueBytes(value: HandleValueInput): Uint8Array<ArrayBuffer> {
  return encodeRecord([{ ...encodeValue(value), timestamp: 0 }]);
}

/**
 * The digest of values, for `ifUnchanged`: SHA-256 over their canonical bytes by ascending index, without time stamps.
 * It covers the values that were read: somebody who sees more of a record gets another digest.
 *
 * @param values all that were read of a record, without `indexes` or `types`
 * @returns 64 hexadecimal digits
 * @throws HandleError `invalid_value` when a value cannot be encoded
 * @example
 * ```ts
 * const { values } = await client.read("20.500.12345/abc");
 * await client.modify("20.500.12345/abc", { URL: "https://example.org/new" }, { ifUnchanged: await digestOf(values) });
 * ```
 */
export async function digestOf(values: readonly HandleValueInput[]): Promise<string> {
  const ordered = values
    .toSorted((a, b) => a.index - b.index)
    .map((value) => ({ ...encodeValue(value), timestamp: 0 }));
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encodeRecord(ordered))));
}
