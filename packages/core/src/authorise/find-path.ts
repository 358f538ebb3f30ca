import { isHandleError } from "../error.ts";
import { handleKey } from "../handle.ts";
import { matchesReference, type ValueReference } from "../reference.ts";
import { decodeValueList } from "../value/admin.ts";
import { hasType } from "../value/has-type.ts";
import type { StoredValue } from "../value/value.ts";

/** Reads the values of a record for `authorise`. Resolves to undefined if there is no such record. */
export type ReadRecord = (handle: string) => Promise<readonly StoredValue[] | undefined>;

/** A reference that was looked up as an HS_VLIST. */
export interface CheckedList {
  readonly reference: ValueReference;
  /** Undefined if there is no HS_VLIST at that index of that handle, or if its data are malformed. */
  readonly entries: readonly ValueReference[] | undefined;
}

/** The most lists that are read, and the most entries that are looked at, for one decision. */
const MAX_LISTS = 1000;
const MAX_ENTRIES = 100_000;

/** Decodes data. Returns undefined if they are malformed. */
export function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return undefined;
    throw error;
  }
}

/** A list that a search has reached. */
interface Step {
  readonly reference: ValueReference;
  readonly from: Step | undefined;
}

/** Returns the references from the owner to the last step, and the entry that names the identity. */
function pathTo(last: Step | undefined, entry: ValueReference): readonly ValueReference[] {
  const path = [entry];
  for (let step = last; step !== undefined; step = step.from) path.push(step.reference);
  return path.reverse();
}

const nameOf = ({ index, handle }: ValueReference) => `${index}:${handleKey(handle)}`;

/**
 * Creates the function that searches, for one decision, the lists that an owner leads to, breadth first. Reads each list
 * once, whichever owners lead to it, and does not enter a list again that does not lead to the identity.
 *
 * @param checked receives each reference that is looked up
 * @returns a function that resolves to the path from the owner to the entry that names the identity; empty if there is
 *   none
 */
export function createFindPath(
  identity: ValueReference,
  read: ReadRecord,
  checked: CheckedList[],
): (owner: ValueReference) => Promise<readonly ValueReference[]> {
  const lists = new Map<string, readonly ValueReference[]>();
  const dead = new Set<string>();
  let entriesLeft = MAX_ENTRIES;
  let listsLeft = MAX_LISTS;

  const entriesOf = async (name: string, { handle, index }: ValueReference) => {
    const known = lists.get(name);
    if (known !== undefined) return known;
    const values = await read(handle);
    const list = values?.find((value) => value.index === index && hasType(value.type, "HS_VLIST"));
    const entries = list === undefined ? undefined : decoded(decodeValueList, list.data);
    checked.push({ reference: { handle, index }, entries });
    lists.set(name, entries ?? []);
    return entries ?? [];
  };

  return async (owner) => {
    if (matchesReference(owner, identity)) return [owner];
    const seen = new Set<string>();
    const queue: Step[] = [];
    const enter = (reference: ValueReference, from: Step | undefined) => {
      // Before the name is made, which most entries of a long list do not need.
      if (reference.index === 0 || listsLeft <= 0) return;
      const name = nameOf(reference);
      if (seen.has(name) || dead.has(name)) return;
      if (!lists.has(name)) listsLeft--;
      seen.add(name);
      queue.push({ reference, from });
    };
    enter(owner, undefined);
    for (let step = queue[0], i = 0; step !== undefined; step = queue[++i]) {
      for (const entry of await entriesOf(nameOf(step.reference), step.reference)) {
        if (entriesLeft-- <= 0) return [];
        if (matchesReference(entry, identity)) return pathTo(step, entry);
        enter(entry, step);
      }
    }
    for (const name of seen) dead.add(name);
    return [];
  };
}
