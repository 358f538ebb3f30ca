import { VALUE_PERMISSIONS } from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";

/** Without the public bits for a secret key, whatever it was sent or stored with: it is never public. */
export function withSafePermissions(value: StoredValue): StoredValue {
  const { publicRead, publicWrite } = VALUE_PERMISSIONS;
  const open = (value.permissions & (publicRead | publicWrite)) !== 0;
  if (value.type.toUpperCase() !== "HS_SECKEY" || !open) return value;
  return { ...value, permissions: value.permissions & ~(publicRead | publicWrite) };
}

/** True when everybody may read a value. */
export function isPublic(value: StoredValue): boolean {
  return (withSafePermissions(value).permissions & VALUE_PERMISSIONS.publicRead) !== 0;
}
