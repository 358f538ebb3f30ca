import {
  type Authorisation,
  authorise,
  formatReference,
  type HandleKey,
  handleKey,
  matchesReference,
  type Operation,
  sameHandle,
  type ValueReference,
} from "@handlekit/core";
import { findOneChange, type OneChange } from "./one-change.ts";
import type { RecordSource, Unread } from "./record-source.ts";

/** Why an identity may or may not do something, and what would change it. */
export interface Explanation {
  readonly identity: ValueReference;
  readonly handle: string;
  readonly operation: Operation["name"];
  readonly decision: Authorisation;
  readonly change: OneChange | undefined;
  /** Sentences about what nearly fits or was not seen. */
  readonly notes: readonly string[];
  readonly unread: readonly Unread[];
}

/** Says of references that look like the identity why they are not it. */
function nearMisses({ checks, lists }: Authorisation, identity: ValueReference): readonly string[] {
  const owners = checks.map(({ owner }) => owner);
  const named = [...owners, ...lists.flatMap(({ entries = [] }) => entries)];
  const near = named.filter(
    (reference) => sameHandle(reference.handle, identity.handle) && !matchesReference(reference, identity),
  );
  const notes = near.map((reference) => {
    const said = formatReference(reference);
    if (reference.index === 0 || reference.index === identity.index)
      return `${said} is named, which is another user: the case of a suffix counts.`;
    if (identity.index === 0)
      return `${said} is named, but an identity without an index is not it: log in as ${said}.`;
    return `${said} is named: the same handle with another index, that is, another key.`;
  });
  return [...new Set(notes)];
}

/** Lists are stored from index 200 on by convention, and keys from 300 on. */
const FIRST_KEY = 300;

/** The handles whose records decide, among them those in which a list was looked for and not found. */
function deciding({ lists, governedBy }: Authorisation): Set<HandleKey> {
  const missing = lists.flatMap(({ reference: { handle, index }, entries }) =>
    entries === undefined && index < FIRST_KEY ? [handle] : [],
  );
  return new Set([governedBy, ...missing].map(handleKey));
}

function hiddenNotes(decision: Authorisation, source: RecordSource): readonly string[] {
  const { lists, governedBy, reason } = decision;
  const handles = [governedBy, ...lists.map(({ reference }) => reference.handle)];
  const records = deciding(decision);
  if (reason !== "no_admin") records.delete(handleKey(governedBy));
  const hidden = handles.filter((handle) => records.has(handleKey(handle)) && source.mayHide(handle));
  return [...new Set(hidden)].map((handle) => `Only the public values of ${handle} were seen.`);
}

/** Decides as a server does that has these records, and explains the decision. */
export async function explain(
  identity: ValueReference,
  handle: string,
  operation: Operation,
  source: RecordSource,
): Promise<Explanation> {
  const decision = await authorise(identity, operation, handle, source.read);
  const byPrefix = operation.name === "create" || operation.name === "list";
  const change = await findOneChange(decision, identity, byPrefix, source);
  const notes = decision.allowed ? [] : [...nearMisses(decision, identity), ...hiddenNotes(decision, source)];
  if (!byPrefix && decision.reason === "no_record") notes.push("Ask for the operation create.");
  const records = deciding(decision);
  const unread = decision.allowed
    ? []
    : source.unread().filter((each) => records.has(handleKey(each.handle)));
  return { identity, handle, operation: operation.name, decision, change, notes, unread };
}
