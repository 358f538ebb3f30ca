import type { Revision } from "@handlekit/core/store";

/** The ETag of a record: names its state in the store, not the selection of values that was answered. */
export function entityTag(revision: Revision): string {
  return `"${revision}"`;
}
