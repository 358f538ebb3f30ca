import { type HandleError, isHandleError } from "@handlekit/core";

/** Returns the HandleError that a function throws; any other outcome fails the test. */
export function refusal(run: () => unknown): HandleError {
  try {
    run();
  } catch (error) {
    if (isHandleError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
