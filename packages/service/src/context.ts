import {
  type AuthorisationRules,
  foldCase,
  HandleError,
  type Logger,
  prefixOf,
  RESPONSE_CODES,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";

/** What every part of the service works with. */
export interface ServiceContext {
  readonly store: HandleStore;
  readonly rules: AuthorisationRules;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
  /** @throws HandleError with response code 301 when the prefix of a handle is not homed here */
  assertHomed(handle: string): Promise<void>;
}

/**
 * Remembers the homed prefixes. A prefix that is not among them is asked for again at once, so that one homed by
 * another process counts from then on; one that another process ended counts for `maxAge` milliseconds more.
 */
export function createHomedPrefixes(
  store: HandleStore,
  now: () => number,
  maxAge = 1000,
): (handle: string) => Promise<void> {
  let known: ReadonlySet<string> = new Set();
  let readAt = Number.NEGATIVE_INFINITY;
  return async (handle) => {
    const prefix = foldCase(prefixOf(handle));
    if (!known.has(prefix) || now() - readAt > maxAge) {
      known = new Set(await store.prefixes());
      readAt = now();
    }
    if (!known.has(prefix)) {
      throw new HandleError("prefix_not_served", {
        message: "That prefix doesn't live here",
        handle,
        responseCode: RESPONSE_CODES.serverNotResponsible,
      });
    }
  };
}
