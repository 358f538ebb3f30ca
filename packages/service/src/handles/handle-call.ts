import { prefixHandle, type ValueReference } from "@handlekit/core";
import type { ServiceRequest } from "../exchange-types.ts";

/** A request about one handle. */
export interface HandleCall {
  /** The handle whose record is meant; one without a slash stands for its prefix handle. */
  readonly handle: string;
  /** The handle as the client wrote it, for answers. */
  readonly echo: string;
  readonly parameters: URLSearchParams;
  readonly identity: ValueReference | undefined;
  readonly request: ServiceRequest;
}

/** The record that a handle as written in a path means. */
export function recordHandle(written: string): string {
  return written.includes("/") ? written : prefixHandle(written);
}
