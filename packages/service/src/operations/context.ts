import { type AuthorisationRules, type Logger, prefixHandle, type ValueReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";

/** The prefixes homed on this server, read again from time to time. */
export interface HomedPrefixes {
  /**
   * @param handle whose prefix must be homed
   * @param written the handle as the client wrote it, for the error
   * @throws HandleError `prefix_not_served` (response code 301) when it is not
   */
  assert(handle: string, written?: string): Promise<void>;
  /** Reads them again the next time. */
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
  /** As the client wrote it; errors carry it. One without a slash stands for its prefix handle, see `recordHandle`. */
  readonly handle: string;
}

/** A page of a list: `page` counts from 0. */
export interface Page {
  readonly page: number;
  readonly pageSize: number;
}

/** The first position of a page and its length; of everything when no page is asked for. */
export function rangeOf(page: Page | undefined): { readonly from: number; readonly count: number } {
  return page === undefined
    ? { from: 0, count: Number.POSITIVE_INFINITY }
    : { from: page.page * page.pageSize, count: page.pageSize };
}

/** The handle whose record is meant by a handle as written. */
export function recordHandle(written: string): string {
  return written.includes("/") ? written : prefixHandle(written);
}
