import { type AuthorisationRules, type Logger, prefixHandle, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";

/** The prefixes homed on this server, as they were lately. */
export interface HomedPrefixes {
  /**
   * @param handle whose prefix must be homed
   * @param written the handle as the client wrote it, for the error
   * @throws HandleError `prefix_not_served` (response code 301) when it is not
   */
  assert(handle: string, written?: string): Promise<void>;
  /** Reads them anew at the next question. */
  forget(): void;
}

/** The surroundings of every operation. */
export interface OperationContext {
  readonly store: HandleStore;
  readonly rules: AuthorisationRules;
  readonly homed: HomedPrefixes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
  /** Requests answered so far, and since when. */
  readonly statistics: { requests: number; readonly since: number };
}

/** The part of the context that reading public values needs. */
export type ReadContext = Pick<OperationContext, "store" | "homed" | "now" | "log">;

/** The input of an operation on one handle. */
export interface OnHandle {
  readonly identity: ValueReference | undefined;
  /** As the client wrote it; one without a slash stands for its prefix handle. Errors carry it. */
  readonly handle: string;
}

/** The handle whose record is meant by a handle as written. */
export function recordHandle(written: string): string {
  return written.includes("/") ? written : prefixHandle(written);
}
