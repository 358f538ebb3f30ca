// What TypeScript knows of a caught error. Compiled by npm run check, never run.
import { type HandleError, type HandleErrorCode, isHandleError } from "@handlekit/core";
import { holds, type Same } from "./same.ts";

export function narrowsByIf(error: unknown): void {
  if (isHandleError(error, "handle_exists")) {
    holds<Same<typeof error.code, "handle_exists">>();
    holds<Same<typeof error.hint, string | undefined>>();
  }
  if (isHandleError(error)) holds<Same<typeof error.code, HandleErrorCode>>();
  // @ts-expect-error: an error that nobody has looked at has no code.
  error.code;
  // @ts-expect-error: there is no such code.
  isHandleError(error, "handle_exist");
}

export function narrowsInSwitch(error: HandleError): string {
  switch (error.code) {
    case "handle_not_found":
      holds<Same<typeof error.code, "handle_not_found">>();
      return "missing";
    case "timeout":
    case "aborted":
      holds<Same<typeof error.code, "timeout" | "aborted">>();
      return "again";
    // @ts-expect-error: there is no such code.
    case "handle_missing":
      return "never";
    default:
      holds<Same<Extract<typeof error.code, "handle_not_found">, never>>();
      return error.message;
  }
}
