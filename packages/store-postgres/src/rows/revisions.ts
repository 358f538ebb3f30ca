import { createHmac } from "node:crypto";
import { encodeRecord, type RecordValues, type Revision } from "@handlekit/core/store";

/** Returns the revision of a state of a record. */
export type RevisionOf = (values: RecordValues) => Revision;

/**
 * Creates the function that makes revisions. The tables of Handle.Net have none, so it is a digest of the values. It is
 * shown as ETag, and therefore keyed: hidden values cannot be guessed by it.
 *
 * @param key the same for all who use the database
 */
export function createRevisions(key: Uint8Array): RevisionOf {
  return (values) =>
    createHmac("sha256", key).update(encodeRecord(values)).digest("base64url").slice(0, 22) as Revision;
}
