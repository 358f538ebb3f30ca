import { type AuthorisationRules, type Logger, prefixHandle, type ValueReference } from "@handlekit/core";
import type { HandleStore, RecordValues } from "@handlekit/core/store";

/** A cache of the prefixes homed on this server. */
export interface HomedPrefixes {
  /**
   * Checks that the prefix of a handle is homed.
   *
   * @param written the handle as the client wrote it, for the error
   * @throws HandleError `prefix_not_served` (response code 301)
   */
  assert(handle: string, written?: string): void | Promise<void>;
  /** Empties the cache. */
  forget(): void;
}

/** The surroundings of every operation. */
export interface OperationContext {
  readonly store: HandleStore;
  readonly rules: AuthorisationRules;
  readonly homed: HomedPrefixes;
  /** Returns the values of a record that everybody may read. */
  readonly publicValues: (values: RecordValues) => RecordValues;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger | undefined;
  /** The number of requests, and the start time. */
  readonly statistics: { requests: number; readonly since: number };
}

/** The part of the context that reading public values needs. */
export type ReadContext = Pick<OperationContext, "store" | "homed" | "publicValues" | "now" | "log">;

/** The input of an operation on one handle. */
export interface OnHandle {
  readonly identity: ValueReference | undefined;
  /** As the client wrote it, for errors. Without a slash it stands for its prefix handle, see `recordHandle`. */
  readonly handle: string;
}

/** The login of a request, for the audit. */
export interface Login {
  /** `basic`, `session`, `client-certificate`, `ardc`, or `none`. */
  readonly scheme: string;
  /** The IP address of the client. */
  readonly address: string | undefined;
  /** More about the caller than the identity, such as the client of the ARDC service. */
  readonly note?: string | undefined;
}

/** A page of a list: `page` counts from 0. */
export interface Page {
  readonly page: number;
  readonly pageSize: number;
}

/** Returns the first position of a page and its length, or the range of the whole list if there is no page. */
export function rangeOf(page: Page | undefined): { readonly from: number; readonly count: number } {
  return page === undefined
    ? { from: 0, count: Number.POSITIVE_INFINITY }
    : { from: page.page * page.pageSize, count: page.pageSize };
}

/** Returns a handle, or the prefix handle if it has no slash. */
export function recordHandle(written: string): string {
  return written.includes("/") ? written : prefixHandle(written);
}
