import { foldCase, HandleError, handleKey } from "@handlekit/core";
import {
  type HandleStore,
  type RecordValues,
  type StateStore,
  type StoredRecord,
  updateRecord,
} from "@handlekit/core/store";
import { auditChange } from "../../operations/audit-change.ts";
import type { Login } from "../../operations/context.ts";

/** The numbers that are used as suffixes of a prefix. */
export interface HandleNumbers {
  /** Resolves to a new number of the sequence that no handle has. */
  nextFree(): Promise<number>;
  /**
   * Creates a record under the next number that no handle has.
   *
   * @returns the handle
   */
  create(valuesOf: (handle: string) => RecordValues, login: Login): Promise<string>;
}

/** The maximum number of taken numbers that are skipped for one new handle. */
const MAX_TAKEN = 10_000_000;

function exhausted(): HandleError {
  return new HandleError("server_error", {
    message: `${MAX_TAKEN} numbers in a row belong to other handles.`,
  });
}

/** Creates the numbers of a prefix over a sequence of the state store. */
export function createHandleNumbers({
  store,
  state,
  prefix,
  now,
}: {
  readonly store: HandleStore;
  readonly state: StateStore;
  readonly prefix: string;
  readonly now: () => number;
}): HandleNumbers {
  const next = () => state.next(`ardc/suffix/${foldCase(prefix)}`);
  return {
    async nextFree() {
      for (let taken = 0; taken < MAX_TAKEN; taken++) {
        const number = await next();
        if ((await store.read(handleKey(`${prefix}/${number}`))) === undefined) return number;
      }
      throw exhausted();
    },
    async create(valuesOf, login) {
      for (let taken = 0; taken < MAX_TAKEN; taken++) {
        const handle = `${prefix}/${await next()}`;
        const decide = (record?: StoredRecord) => record?.values ?? valuesOf(handle);
        const audit = auditChange({ store, now }, handle, { login });
        if ((await updateRecord(store, handleKey(handle), decide, audit)).before === undefined) return handle;
      }
      throw exhausted();
    },
  };
}
