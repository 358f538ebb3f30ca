import { checkArgument, encodeHex, encodeValue, type HandleValueInput } from "@handlekit/core";
import { encodeRecord } from "@handlekit/core/store";

/** Returns the canonical bytes of a value: the protocol's encoding, defaults filled in, without a time stamp. */
export function valueBytes(value: HandleValueInput): Uint8Array<ArrayBuffer> {
  return encodeRecord([{ ...encodeValue(value), timestamp: 0 }]);
}

/**
 * Resolves to the digest of values, for `ifUnchanged`: SHA-256 over their canonical bytes by ascending index, without
 * time stamps. It covers the values that are given: a user who sees more values of a record gets another digest.
 *
 * @param values all values that were read of a record, without `indexes` or `types`
 * @returns 64 hexadecimal digits
 * @throws HandleError `invalid_value` if a value cannot be encoded; `invalid_options` if `values` is not an array
 * @example
 * ```ts
 * const { values } = await client.read("20.500.12345/abc");
 * await client.modify("20.500.12345/abc", { URL: "https://example.org/new" }, { ifUnchanged: await digestOf(values) });
 * ```
 */
export async function digestOf(values: readonly HandleValueInput[]): Promise<string> {
  checkArgument("digestOf", "values", values, ["array"]);
  const ordered = values
    .map((value) => ({ ...encodeValue(value), timestamp: 0 }))
    .sort((a, b) => a.index - b.index);
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encodeRecord(ordered))));
}
