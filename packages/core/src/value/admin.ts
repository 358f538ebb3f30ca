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
 */
export function decodeAdmin(bytes: Uint8Array): AdminRecord {
  const input = createByteReader(bytes, "HS_ADMIN value");
  const permissions = permissionString(input.uint16());
  const handle = input.text();
  const index = input.int32();
  const legacy = input.remaining === 2 && input.uint16() === 0;
  refuseRest(input.remaining, "HS_ADMIN");
  return { handle, index, permissions, ...(legacy ? { legacyByteLength: true } : {}) };
}

/** The bytes of an HS_VLIST value, a list of references. */
export function encodeValueList(list: readonly ValueReference[]): Uint8Array<ArrayBuffer> {
  const out = createByteWriter().int32(list.length);
  for (const reference of list) out.bytes(reference.handle).int32(reference.index);
  return out.finish();
}

/**
 * Reads an HS_VLIST value.
 *
 * @throws HandleError `invalid_value` when the bytes are not one
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
