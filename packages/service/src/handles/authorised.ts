import {
  type Authorisation,
  authorise,
  handleKey,
  type Operation,
  RESPONSE_CODES,
  type ValueReference,
} from "@handlekit/core";
import type { ServiceContext } from "../context.ts";
import { refuse } from "./refuse.ts";

/** Asks core whether an identity may do something, reading what it needs from the store. */
export function askWhether(
  context: ServiceContext,
  identity: ValueReference | undefined,
  operation: Operation,
  handle: string,
): Promise<Authorisation> {
  const read = async (name: string) => (await context.store.read(handleKey(name)))?.values;
  return authorise(identity, operation, handle, read, context.rules);
}

/** @throws HandleError response code 402 when nobody is authenticated */
export function assertIdentified(
  identity: ValueReference | undefined,
  handle: string,
): asserts identity is ValueReference {
  if (identity === undefined) throw refuse(RESPONSE_CODES.authenticationNeeded, "", handle);
}

/** @throws HandleError response code 400 when the identity may not */
export async function assertAllowed(
  context: ServiceContext,
  identity: ValueReference,
  operation: Operation,
  handle: string,
): Promise<void> {
  const { allowed, reason, needed, governedBy } = await askWhether(context, identity, operation, handle);
  if (allowed) return;
  context.log?.info("refused", { handle, identity, operation: operation.name, reason, needed, governedBy });
  throw refuse(RESPONSE_CODES.invalidAdmin, "", handle);
}
