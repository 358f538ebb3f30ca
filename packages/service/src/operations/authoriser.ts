import { setImmediate as nextTurn } from "node:timers/promises";
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

/** The records that are read before other requests have their turn. */
const READS_PER_TURN = 32;

/** Says in words why an identity may not do something, for the log. */
function describe({ reason, needed, governedBy }: Authorisation): string {
  const names = needed.join(" and ");
  switch (reason) {
    case "no_record":
      return `${names} is needed, and ${governedBy} is not here`;
    case "no_admin":
      return `${names} is needed, and ${governedBy} has no HS_ADMIN value`;
    case "permission_missing":
      return `${names} is needed, which no HS_ADMIN value of ${governedBy} grants to the identity`;
    case "prefix_admins_ignored":
      return `${names} is needed, and the HS_ADMIN values of prefix handles are not used here (allowNaAdmins)`;
    default:
      return `${names} is needed, and no HS_ADMIN value of ${governedBy} names the identity`;
  }
}

/** Decides what one identity may do with one handle. */
export interface Authoriser {
  /**
   * Checks that the request is authenticated.
   *
   * @throws HandleError response code 402
   */
  assertIdentified(): void;
  /** Resolves to the decision. An anonymous request is never allowed. */
  ask(operation: Operation): Promise<Authorisation>;
  /**
   * Checks that the identity may carry out an operation.
   *
   * @throws HandleError response code 402 if the request is anonymous, 400 if the identity may not
   */
  assert(operation: Operation): Promise<void>;
}

/**
 * Creates the authoriser of one request. It reads each record once.
 *
 * @param about the handle
 * @param known the values of its record, if it was already read, so that the decision is based on the state that the
 *   operation changes
 */
export function createAuthoriser(
  { store, rules }: OperationContext,
  { identity, handle: written }: OnHandle,
  about: string,
  known?: { readonly values: RecordValues | undefined },
): Authoriser {
  const records = new Map<HandleKey, Promise<RecordValues | undefined>>();
  let reads = 0;
  if (known !== undefined) records.set(handleKey(about), Promise.resolve(known.values));
  const read: ReadRecord = (handle) => {
    const key = handleKey(handle);
    const known = records.get(key);
    if (known !== undefined) return known;
    // A long list may lead to a thousand records, which a store in this process reads without leaving its turn.
    const turn = ++reads % READS_PER_TURN === 0 ? nextTurn() : undefined;
    const values = store.read(key).then(async (found) => {
      await turn;
      return found?.values;
    });
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
      const decision = await ask(operation);
      if (!decision.allowed) throw refuse(RESPONSE_CODES.invalidAdmin, "", written, describe(decision));
    },
  };
}
