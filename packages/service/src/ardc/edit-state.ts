import { HandleError } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";

const MAX_ROUNDS = 50;

/**
 * Changes one entry that holds JSON: reads it, has `change` say what it should become, and writes it if it is still as
 * it was read; begins again when another change came between.
 *
 * @param change gets undefined when there is none
 * @throws HandleError `server_busy` after too many conflicts
 */
export async function editState<T>(
  state: StateStore,
  key: string,
  change: (before: T | undefined) => T,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const entry = await state.get(key);
    const after = change(entry && (JSON.parse(entry.value) as T));
    const outcome = await state.put(key, JSON.stringify(after), entry?.revision ?? "absent");
    if (outcome === "done") return;
  }
  throw new HandleError("server_busy", {
    message: "The entry is being changed by others.",
    hint: "Try again.",
    retryable: true,
  });
}
