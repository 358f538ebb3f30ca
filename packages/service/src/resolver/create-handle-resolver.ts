import type { Logger } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHomedPrefixes } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { createResolver } from "./create-resolver.ts";

/** What {@link createHandleResolver} is made from. */
export interface HandleResolverOptions {
  /** Where the records are. The resolver only reads it, and does not close it. */
  readonly store: HandleStore;
  /** Told of `10320/loc` values that cannot be read, and of unexpected errors. */
  readonly log?: Logger;
  /** Milliseconds since 1970. Default the system clock. */
  readonly now?: () => number;
  /** A number from 0 to below 1, for locations chosen by weight. Default `Math.random`. */
  readonly random?: () => number;
}

/** A handle resolver without the REST API. */
export interface HandleResolver {
  /** Answers one request; never throws. */
  respond(request: ServiceRequest): Promise<ServiceResponse>;
}

/**
 * Resolution alone: `/{handle}` redirects to where a handle leads, or shows its record. Nothing can be written, and
 * only public values are shown. It mounts where a handle service does.
 *
 * @example
 * ```ts
 * const resolver = createHandleResolver({ store });
 * createServer(createNodeListener(resolver)).listen(8080);
 * ```
 */
export function createHandleResolver(options: HandleResolverOptions): HandleResolver {
  const { store, log, now = Date.now, random = Math.random } = options;
  const context = { store, log, now, homed: createHomedPrefixes(store, now) };
  return { respond: createResolver(context, { random, api: false }) };
}
