import { type HandleError, isHandleError } from "@handlekit/core";

/** The HandleError that something throws; anything else it does fails the test. */
export function refusal(run: () => unknown): HandleError {
  try {
    run();
  } catch (error) {
    if (isHandleError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
