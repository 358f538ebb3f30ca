import {
  type Authorisation,
  authorise,
  handleKey,
  type Operation,
  RESPONSE_CODES,
  type ValueReference,
} from "@handlekit/core";
import type { ServiceContext } from "../context.ts";
import type { HandleCall } from "./handle-call.ts";
import { refuse } from "./refuse.ts";

/** A call by somebody who is authenticated. */
export interface IdentifiedCall extends HandleCall {
  readonly identity: ValueReference;
}

/** Asks core whether an identity may do something, reading what it needs from the store. */
export function askWhether(
  context: ServiceContext,
  call: IdentifiedCall,
  operation: Operation,
): Promise<Authorisation> {
  const read = async (name: string) => (await context.store.read(handleKey(name)))?.values;
  return authorise(call.identity, operation, call.handle, read, context.rules);
}

/** @throws HandleError response code 402 when nobody is authenticated */
export function assertIdentified(call: HandleCall): asserts call is IdentifiedCall {
  if (call.identity === undefined) throw refuse(RESPONSE_CODES.authenticationNeeded, "", call.echo);
}

/** @throws HandleError response code 400 when the identity may not */
export async function assertAllowed(
  context: ServiceContext,
  call: IdentifiedCall,
  operation: Operation,
): Promise<void> {
  const { allowed, reason, needed, governedBy } = await askWhether(context, call, operation);
  if (allowed) return;
  const { handle, identity } = call;
  context.log?.info("refused", { handle, identity, operation: operation.name, reason, needed, governedBy });
  throw refuse(RESPONSE_CODES.invalidAdmin, "", call.echo);
}
