import { checkArgument, checkOptions, sameHandle, type ValueReference } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";
import { digestIn, endedAt, endOf, MAX_SESSION_SECONDS, scanSessions } from "./stored-session.ts";

/** A session that is logged in. */
export interface OpenSession {
  /** SHA-256 of the session id in base64url. The id itself is a secret, and is not stored. */
  readonly digest: string;
  readonly identity: ValueReference;
  /** The time of the login. */
  readonly since: Date;
  /** The time of the last use, at most a minute too early. */
  readonly lastUsed: Date;
  /** When it ends if it is not used again. */
  readonly expires: Date;
}

/** Options of {@link listSessions}. */
export interface ListSessionsOptions {
  /** The option `maxSessionSeconds` of the service. Default 43,200 (12 hours). */
  readonly maxSessionSeconds?: number | undefined;
  /** Returns milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Options of {@link endSessions}. */
export interface EndSessionsOptions {
  /** Ends only the sessions of this identity; with index 0, those of all keys of its handle. Default all sessions. */
  readonly identity?: ValueReference | undefined;
  /** Returns milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Lists the sessions in the state store of a service that are logged in, for its operator. A session whose key value was
 * changed or removed is listed until its time is over, although the service does not accept it any more.
 *
 * @param state the option `state` of the service
 * @throws HandleError `invalid_options` for an argument of the wrong type
 * @example
 * ```ts
 * for (const { identity, lastUsed } of await listSessions(state)) console.log(identity.handle, lastUsed);
 * ```
 */
export async function listSessions(
  state: StateStore,
  options: ListSessionsOptions = {},
): Promise<readonly OpenSession[]> {
  checkArgument("listSessions", "state", state, ["object"]);
  checkOptions("listSessions", options, {
    maxSessionSeconds: ["number", "undefined"],
    now: ["function", "undefined"],
  });
  const { maxSessionSeconds = MAX_SESSION_SECONDS, now = Date.now } = options;
  const open: OpenSession[] = [];
  for await (const { key, stored } of scanSessions(state)) {
    const expires = endOf(stored, maxSessionSeconds);
    if (stored.login === undefined || now() > expires) continue;
    open.push({
      digest: digestIn(key),
      identity: stored.login.identity,
      since: new Date(stored.since),
      lastUsed: new Date(stored.lastUsed),
      expires: new Date(expires),
    });
  }
  return open;
}

/** Returns true if a session belongs to an identity. One that logged in without an index may have used any key. */
function isOf({ index, handle }: ValueReference, session: ValueReference): boolean {
  return (
    sameHandle(handle, session.handle) && (index === 0 || session.index === 0 || index === session.index)
  );
}

/**
 * Ends sessions in the state store of a service. Their ids are never valid again; a running service refuses them at once.
 *
 * @param state the option `state` of the service
 * @returns the number of sessions that were ended
 * @throws HandleError `invalid_options` for an argument of the wrong type
 * @example
 * ```ts
 * await endSessions(state, { identity: parseReference("300:20.500.12345/USER1") });
 * ```
 */
export async function endSessions(state: StateStore, options: EndSessionsOptions = {}): Promise<number> {
  checkArgument("endSessions", "state", state, ["object"]);
  checkOptions("endSessions", options, {
    identity: ["object", "undefined"],
    now: ["function", "undefined"],
  });
  const { identity, now = Date.now } = options;
  let ended = 0;
  for await (const { key, stored } of scanSessions(state)) {
    const isUnused = now() > endOf(stored, Number.POSITIVE_INFINITY);
    if (stored.login === undefined || isUnused) continue;
    if (identity !== undefined && !isOf(identity, stored.login.identity)) continue;
    await state.put(key, endedAt(now()), "any");
    ended++;
  }
  return ended;
}
