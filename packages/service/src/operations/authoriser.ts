import {
  type Authorisation,
  authorise,
  type HandleKey,
  handleKey,
  type Operation,
  RESPONSE_CODES,
  type ReadRecord,
} from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import type { OnHandle, OperationContext } from "./context.ts";

/** Asks whether one identity may do something with one handle. */
export interface Authoriser {
  /**
   * @throws HandleError response code 402 when nobody is authenticated
   */
  assertIdentified(): void;
  /** Asks core. An anonymous caller is allowed nothing. */
  ask(operation: Operation): Promise<Authorisation>;
  /**
   * @throws HandleError response code 402 when nobody is authenticated, 400 when the identity may not
   */
  assert(operation: Operation): Promise<void>;
}

/**
 * Creates the authoriser of one attempt. It reads each record once.
 *
 * @param about the handle whose permissions count
 * @param known the values of that handle's record, when it was read already: the decision is then made on the very
 *   state that the operation is about
 */
export function createAuthoriser(
  { store, rules, log }: OperationContext,
  { identity, handle: written }: OnHandle,
  about: string,
  known?: { readonly values: RecordValues | undefined },
): Authoriser {
  const records = new Map<HandleKey, Promise<RecordValues | undefined>>();
  if (known !== undefined) records.set(handleKey(about), Promise.resolve(known.values));
  const read: ReadRecord = (handle) => {
    const key = handleKey(handle);
    const values = records.get(key) ?? store.read(key).then((found) => found?.values);
    records.set(key, values);
    return values;
  };
  const ask = (operation: Operation) => authorise(identity, operation, about, read, rules);
  const assertIdentified = () => {
    if (identity === undefined) throw refuse(RESPONSE_CODES.authenticationNeeded, "", written);
  };
  return {
    assertIdentified,
    ask,
    async assert(operation) {
      assertIdentified();
      const { allowed, reason, needed, governedBy } = await ask(operation);
      if (allowed) return;
      log?.info("refused", {
        handle: about,
        identity,
        operation: operation.name,
        reason,
        needed,
        governedBy,
      });
      throw refuse(RESPONSE_CODES.invalidAdmin, "", written);
    },
  };
}
