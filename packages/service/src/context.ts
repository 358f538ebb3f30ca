import {
  type AuthorisationRules,
  foldCase,
  HandleError,
  type Logger,
  matchesReference,
  prefixOf,
  RESPONSE_CODES,
  type Site,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import type { ServerKey } from "./identify/server-proof.ts";
import type { Sessions } from "./sessions/sessions.ts";

/** What every part of the service works with. */
export interface ServiceContext {
  readonly store: HandleStore;
  readonly rules: AuthorisationRules;
  readonly sessions: Sessions;
  readonly serverKey: ServerKey | undefined;
  /** What /api/site shows. */
  readonly site: () => Site;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
  readonly homed: HomedPrefixes;
  /** Requests answered so far, and since when. */
  readonly statistics: { requests: number; readonly since: number };
}

/** The prefixes homed on this server, as they were lately. */
export interface HomedPrefixes {
  /** @throws HandleError with response code 301 when the prefix of a handle is not homed here */
  assert(handle: string, echo?: string): Promise<void>;
  /** Reads them anew at the next question. */
  forget(): void;
}

/**
 * Remembers the homed prefixes. A prefix that is not among them is asked for again at once, so that one homed by
 * another process counts from then on; one that another process ended counts for `maxAge` milliseconds more.
 */
export function createHomedPrefixes(store: HandleStore, now: () => number, maxAge = 1000): HomedPrefixes {
  let known: ReadonlySet<string> = new Set();
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    async assert(handle, echo = handle) {
      const prefix = foldCase(prefixOf(handle));
      if (!known.has(prefix) || now() - readAt > maxAge) {
        known = new Set(await store.prefixes());
        readAt = now();
      }
      if (!known.has(prefix)) {
        throw new HandleError("prefix_not_served", {
          message: "That prefix doesn't live here",
          handle: echo,
          responseCode: RESPONSE_CODES.serverNotResponsible,
        });
      }
    },
    forget() {
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** True when an identity administers this server. */
export function isServerAdmin(context: ServiceContext, identity: ValueReference): boolean {
  return context.rules.serverAdmins?.some((admin) => matchesReference(admin, identity)) ?? false;
}
