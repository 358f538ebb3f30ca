import { createByteReader, createByteWriter } from "../bytes.ts";
import { HandleError } from "../error.ts";
import type { ValueReference } from "../reference.ts";
import { permissionBits, permissionString } from "./permissions.ts";
import type { AdminRecord } from "./value.ts";

function refuseRest(remaining: number, type: string): void {
  if (remaining > 0) {
    throw new HandleError("invalid_value", { message: `The ${type} value has ${remaining} bytes too many.` });
  }
}

/**
 * The bytes of an HS_ADMIN value.
 *
 * @throws HandleError `invalid_value` when the permission string is malformed
 * @example
 * ```ts
 * encodeAdmin({ handle: "0.NA/20.500.12345", index: 200, permissions: "011111110011" });
 * ```
 * @see RFC 3651 section 3.2.1
 */
export function encodeAdmin(admin: AdminRecord): Uint8Array<ArrayBuffer> {
  const out = createByteWriter()
    .uint16(permissionBits(admin.permissions))
    .bytes(admin.handle)
    .int32(admin.index);
  return (admin.legacyByteLength ? out.uint16(0) : out).finish();
}

/**
 * Reads an HS_ADMIN value; two trailing zero bytes of old servers are kept as `legacyByteLength`.
 *
 * @throws HandleError `invalid_value` when the bytes are not one
 * @example
 * ```ts
 * decodeAdmin(value.data).permissions; // "011111110011"
 * ```
 * @see RFC 3651 section 3.2.1
 */
export function decodeAdmin(bytes: Uint8Array): AdminRecord {
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
 * The bytes of an HS_VLIST value, a list of references.
 *
 * @example
 * ```ts
 * encodeValueList([{ handle: "20.500.12345/USER1", index: 300 }]);
 * ```
 * @see RFC 3651 section 3.2.7
 */
export function encodeValueList(list: readonly ValueReference[]): Uint8Array<ArrayBuffer> {
  const out = createByteWriter().int32(list.length);
  for (const reference of list) out.bytes(reference.handle).int32(reference.index);
  return out.finish();
}

/**
 * Reads an HS_VLIST value.
 *
 * @throws HandleError `invalid_value` when the bytes are not one
 * @example
 * ```ts
 * decodeValueList(value.data); // [{ handle: "20.500.12345/USER1", index: 300 }]
 * ```
 */
export function decodeValueList(bytes: Uint8Array): ValueReference[] {
  const input = createByteReader(bytes, "HS_VLIST value");
  const count = input.int32();
  if (count < 0 || count * 8 > input.remaining) {
    throw new HandleError("invalid_value", {
      message: `The HS_VLIST value counts ${count} entries, more than it holds.`,
    });
  }
  const list = Array.from({ length: count }, () => ({ handle: input.text(), index: input.int32() }));
  refuseRest(input.remaining, "HS_VLIST");
  return list;
}
