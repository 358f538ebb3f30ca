import type { ValueReference } from "@handlekit/core";
import { auditEntry, type HandleStore, type UpdateRecordOptions } from "@handlekit/core/store";
import type { Login } from "./context.ts";

/** Returns the option of `updateRecord` that writes a change into the audit, if the store keeps one. */
export function auditChange(
  { store, now }: { readonly store: HandleStore; readonly now: () => number },
  handle: string,
  { identity, login }: { readonly identity?: ValueReference | undefined; readonly login: Login },
): UpdateRecordOptions {
  if (store.audit === undefined) return {};
  return {
    audit: (before, after) =>
      auditEntry({ time: new Date(now()), identity, ...login, handle, before, after }),
  };
}
