import { HandleError, type HandleValueInput, isHandleError } from "@handlekit/core";

/** An error of the second half of a change, which says that the first was done. */
export function afterAdding(error: unknown, handle: string, added: readonly HandleValueInput[]): unknown {
  if (!isHandleError(error)) return error;
  const { code, message, hint, responseCode, status, retryable, cause } = error;
  const indexes = added.map((value) => value.index).join(", ");
  return new HandleError(code, {
    message: `${message} The new values of ${handle} (index ${indexes}) had been added before.`,
    hint,
    handle,
    responseCode,
    status,
    retryable,
    cause,
  });
}

/** The error for creating a handle that was seen to be there. */
export function existsAlready(handle: string): HandleError {
  return new HandleError("handle_exists", {
    message: `${handle} could not be created: the handle exists already.`,
    hint: "Choose another suffix, or allow overwriting to replace its whole record.",
    handle,
  });
}
