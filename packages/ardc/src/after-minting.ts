import { HandleError, isHandleError } from "@handlekit/core";

/** What a second request throws after a handle was minted: the handle must not be lost. */
export function afterMinting(error: unknown, handle: string): HandleError {
  const known = isHandleError(error) ? error : undefined;
  return new HandleError(known?.code ?? "outcome_unknown", {
    message: `${known?.message ?? "The second request failed."} The handle ${handle} had been minted before.`,
    hint: `Give ${handle} the value instead of minting again.${known?.hint === undefined ? "" : ` ${known.hint}`}`,
    handle,
    status: known?.status,
    cause: error,
  });
}
