import { isHandleError } from "@handlekit/core";
import type { ArdcIdentifier } from "@handlekit/xml";
import type { Caller, CallOptions } from "./call.ts";
import { checkCallOptions, checkValue, readHandle } from "./checks.ts";

/** Reads a handle. */
export async function getHandle(
  caller: Caller,
  text: string,
  options: CallOptions = {},
): Promise<ArdcIdentifier> {
  const handle = readHandle("getHandle", "handle", text);
  checkCallOptions("getHandle", options);
  const { signal } = options;
  return caller.one({ service: "getHandle", operation: "read", query: { handle }, handle, signal });
}

/** Resolves to the handles that have a value. */
export async function getHandlesByValue(
  caller: Caller,
  text: string,
  options: CallOptions = {},
): Promise<readonly string[]> {
  const value = checkValue("getHandlesByValue", "value", text);
  checkCallOptions("getHandlesByValue", options);
  const operation = "look for handles by their value";
  try {
    return await caller.list({ service: "getHandle", operation, query: { value }, signal: options.signal });
  } catch (error) {
    if (isHandleError(error, "handle_not_found")) return [];
    throw error;
  }
}

/** Resolves to the owner handle of the credentials. */
export async function getOwnerHandle(caller: Caller, options: CallOptions = {}): Promise<string> {
  checkCallOptions("getOwnerHandle", options);
  const service = "getOwnerHandle";
  const operation = "read the owner handle";
  return (await caller.one({ service, operation, query: {}, signal: options.signal })).handle;
}
