import { createByteReader, createByteWriter } from "../byte-fields.ts";
import { checkArgument, checkBytes } from "../check.ts";
import { invalidValue } from "../error.ts";
import { checkReference, type ValueReference } from "../reference.ts";
import { permissionBits, permissionString } from "./permissions.ts";
import type { AdminRecord } from "./value.ts";

function refuseRest(remaining: number, type: string): void {
  if (remaining > 0) throw invalidValue(`The ${type} value has ${remaining} bytes too many.`);
}

/**
 * Returns the bytes of an HS_ADMIN value.
 *
 * @throws HandleError `invalid_value` if the permission string is malformed
 * @example
 * ```ts
 * encodeAdmin({ handle: "0.NA/20.500.12345", index: 200, permissions: "011111110011" });
 * ```
 * @see RFC 3651 section 3.2.1
 */
export function encodeAdmin(admin: AdminRecord): Uint8Array<ArrayBuffer> {
  checkReference("encodeAdmin", "admin", admin);
  checkArgument("encodeAdmin", "admin.permissions", admin.permissions, ["string"]);
  const out = createByteWriter()
    .uint16(permissionBits(admin.permissions))
    .bytes(admin.handle)
    .int32(admin.index);
  return (admin.legacyByteLength ? out.uint16(0) : out).finish();
}

/**
 * Decodes an HS_ADMIN value. `legacyByteLength` is true if it ends in the two zero bytes of old servers.
 *
 * @throws HandleError `invalid_value` if the bytes are not an HS_ADMIN value
 * @example
 * ```ts
 * decodeAdmin(value.data).permissions; // "011111110011"
 * ```
 * @see RFC 3651 section 3.2.1
 */
export function decodeAdmin(bytes: Uint8Array): AdminRecord {
  checkBytes("decodeAdmin", "bytes", bytes);
  const input = createByteReader(bytes, "HS_ADMIN value");
  const permissions = permissionString(input.uint16());
  const handle = input.text();
  const index = input.int32();
  const rest = input.take(input.remaining);
  const legacy = rest.length === 2 && rest.every((byte) => byte === 0);
  if (!legacy) refuseRest(rest.length, "HS_ADMIN");
  return { handle, index, permissions, ...(legacy ? { legacyByteLength: true } : {}) };
}

/**
 * Returns the bytes of an HS_VLIST value, a list of references.
 *
 * @example
 * ```ts
 * encodeValueList([{ handle: "20.500.12345/USER1", index: 300 }]);
 * ```
 * @see RFC 3651 section 3.2.7
 */
export function encodeValueList(list: readonly ValueReference[]): Uint8Array<ArrayBuffer> {
  checkArgument("encodeValueList", "list", list, ["array"]);
  const out = createByteWriter().int32(list.length);
  for (const reference of list) {
    checkReference("encodeValueList", "a reference", reference);
    out.bytes(reference.handle).int32(reference.index);
  }
  return out.finish();
}

/**
 * Decodes an HS_VLIST value.
 *
 * @throws HandleError `invalid_value` if the bytes are not an HS_VLIST value
 * @example
 * ```ts
 * decodeValueList(value.data); // [{ handle: "20.500.12345/USER1", index: 300 }]
 * ```
 */
export function decodeValueList(bytes: Uint8Array): ValueReference[] {
  checkBytes("decodeValueList", "bytes", bytes);
  const input = createByteReader(bytes, "HS_VLIST value");
  const count = input.int32();
  if (count < 0 || count * 8 > input.remaining) {
    throw invalidValue(`The HS_VLIST value has a count of ${count} entries, but not that many bytes.`);
  }
  const list = Array.from({ length: count }, () => ({ handle: input.text(), index: input.int32() }));
  refuseRest(input.remaining, "HS_VLIST");
  return list;
}
