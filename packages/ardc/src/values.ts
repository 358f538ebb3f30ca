import { checkArgument, invalidValue, quoteForMessage } from "@handlekit/core";
import type { ArdcIdentifier } from "@handlekit/xml";
import type { Caller, CallOptions } from "./call.ts";
import { checkCallOptions, checkIndex, checkValue, readHandle } from "./checks.ts";

/** The types of values that the service knows: an address to redirect to, and a description. */
export type ArdcType = "URL" | "DESC";

function checkType(caller: string, type: ArdcType): ArdcType {
  checkArgument(caller, "type", type, ["string"]);
  if (type === "URL" || type === "DESC") return type;
  throw invalidValue(
    `The service knows the types URL and DESC, not ${quoteForMessage(type)}.`,
    "Types are written in capitals.",
  );
}

/** Adds a value at the lowest free index. */
export async function addValue(
  caller: Caller,
  handle: string,
  type: ArdcType,
  value: string,
  options: CallOptions = {},
): Promise<ArdcIdentifier> {
  const service = "addValue";
  const query = {
    handle: readHandle(service, "handle", handle),
    type: checkType(service, type),
    value: checkValue(service, "value", value),
  };
  checkCallOptions(service, options);
  const { signal } = options;
  return caller.one({ service, operation: "add a value to", query, handle: query.handle, signal });
}

/** Adds a value at an index. */
export async function addValueByIndex(
  caller: Caller,
  handle: string,
  index: number,
  type: ArdcType,
  value: string,
  options: CallOptions = {},
): Promise<ArdcIdentifier> {
  const service = "addValueByIndex";
  const query = {
    handle: readHandle(service, "handle", handle),
    type: checkType(service, type),
    value: checkValue(service, "value", value),
    index: checkIndex(service, "index", index),
  };
  checkCallOptions(service, options);
  const { signal } = options;
  return caller.one({ service, operation: "add a value to", query, handle: query.handle, signal });
}

/** Replaces the value at an index. */
export async function modifyValueByIndex(
  caller: Caller,
  handle: string,
  index: number,
  value: string,
  options: CallOptions = {},
): Promise<ArdcIdentifier> {
  const service = "modifyValueByIndex";
  const query = {
    handle: readHandle(service, "handle", handle),
    index: checkIndex(service, "index", index),
    value: checkValue(service, "value", value),
  };
  checkCallOptions(service, options);
  const { signal } = options;
  return caller.one({ service, operation: "modify a value of", query, handle: query.handle, signal });
}

/** Deletes the value at an index. */
export async function deleteValueByIndex(
  caller: Caller,
  handle: string,
  index: number,
  options: CallOptions = {},
): Promise<ArdcIdentifier> {
  const service = "deleteValueByIndex";
  const query = {
    handle: readHandle(service, "handle", handle),
    index: checkIndex(service, "index", index),
  };
  checkCallOptions(service, options);
  const { signal } = options;
  return caller.one({ service, operation: "delete a value of", query, handle: query.handle, signal });
}
