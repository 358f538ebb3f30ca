import { type HandleError, invalidOptions } from "@handlekit/core";

/** Returns the error for a wrong command line: exit code 2. */
export function usageError(message: string, hint?: string): HandleError {
  return invalidOptions(message, hint);
}
