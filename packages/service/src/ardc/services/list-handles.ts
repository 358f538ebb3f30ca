import { foldCase } from "@handlekit/core";
import { type ArdcAnswer, type ArdcFailure, fail, isFailure, notANumber } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readParameters } from "../parameters.ts";

/** The number after which a list begins. */
function readStart(prefix: string, startHandle: string): bigint | ArdcFailure {
  if (isBlank(startHandle)) return fail("startHandle parameter must have a value");
  const ours = foldCase(startHandle).startsWith(foldCase(prefix));
  const rest = startHandle.slice(prefix.length);
  if (!ours || !/^(\/|$)/.test(rest)) {
    return fail("startHandle has a different prefix to what is configured in the Local Handle Server");
  }
  const suffix = rest.slice(1);
  if (suffix === "") return fail("startHandle does not appear to be a valid handle");
  return /^[+-]?\d{1,30}$/.test(suffix) ? BigInt(suffix.replace(/^\+/, "")) : notANumber(suffix);
}

/** listHandles: the caller's handles in numeric order, its owner handle among them, those after `startHandle`. */
export async function listHandles(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["startHandle"]);
  if (isFailure(parameters)) return parameters;
  const { startHandle } = parameters;
  const start = startHandle === undefined ? undefined : readStart(context.prefix, startHandle);
  if (isFailure(start)) return start;
  const identifiers = await context.search.byOwner(call.owner.handle, start);
  return { text: "Handle listing successful", content: { identifiers } };
}
