import { inspect } from "node:util";
import { isHandleError } from "@handlekit/core";

/** The secret of these tests. */
export const CANARY = "S3CR3T-qzvxj-9187";

const PIECE = 5;

/** Returns whether a text contains the canary, any piece of five characters of it, or the base64 of its beginning. */
export function leaks(text: string): boolean {
  if (text.includes(btoa(CANARY).slice(0, 8))) return true;
  for (let at = 0; at + PIECE <= CANARY.length; at++) {
    if (text.includes(CANARY.slice(at, at + PIECE))) return true;
  }
  return false;
}

/** Returns everything that can be printed of a value. */
export function printed(value: unknown): string {
  const error =
    value instanceof Error ? `${value.message}\n${value.stack}\n${JSON.stringify({ ...value })}` : "";
  return [
    inspect(value, { depth: Number.POSITIVE_INFINITY }),
    inspect({ nested: [value] }, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON.stringify(value),
    `${value}`,
    error,
  ].join("\n");
}

/** Returns the error of a call: it must be `invalid_credentials` without a cause, and must not show the canary. */
export function refusal(call: () => unknown): { readonly message: string; readonly hint: string } {
  try {
    call();
  } catch (error) {
    return checkRefusal(error);
  }
  throw new Error("The call did not throw.");
}

/** Returns the error of a promise, as {@link refusal} does for a call. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<{ readonly message: string; readonly hint: string }> {
  const settled = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!settled) throw new Error("The promise was not rejected.");
  return checkRefusal(settled.error);
}

function checkRefusal(error: unknown): { readonly message: string; readonly hint: string } {
  if (!isHandleError(error, "invalid_credentials")) throw new Error("The error is not invalid_credentials.");
  if (error.cause !== undefined) throw new Error("The error has a cause.");
  if (leaks(printed(error))) throw new Error("The error shows the canary.");
  return { message: error.message, hint: error.hint ?? "" };
}
