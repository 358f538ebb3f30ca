import { createHash } from "node:crypto";
import type { ValueReference } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";

/** The login of a session. */
export interface SessionLogin {
  readonly identity: ValueReference;
  /** The identity as the client wrote it, which the REST API shows. */
  readonly claimed: string;
  /** The mark of the key that authenticated it, see `createKeyMark`. */
  readonly keyMark: string;
  /** SHA-256 of the accepted Authorization header. The same header is accepted again without checking it. */
  readonly header?: string | undefined;
}

/** A session in the state store, as JSON. Times are in milliseconds since 1970. */
export interface StoredSession {
  /** Absent if the session was ended. */
  readonly login?: SessionLogin | undefined;
  readonly lastUsed: number;
  /** The time of the login. */
  readonly since: number;
}

/** The time after its last use at which a session ends, in milliseconds. */
export const SESSION_IDLE: number = 30 * 60_000;
/** The default of the time after its login at which a session ends, in seconds. */
export const MAX_SESSION_SECONDS: number = 12 * 3600;

const PREFIX = "session/";
const PAGE = 500;

/** Returns the SHA-256 of a text. The state store contains digests, so that its content cannot be used to log in. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** Returns the key of a session in the state store. */
export function sessionKeyOf(id: string): string {
  return PREFIX + digest(id);
}

/** Returns the digest of the session id in a key of the state store. */
export function digestIn(key: string): string {
  return key.slice(PREFIX.length);
}

/** Returns when a session ends if it is not used again, in milliseconds since 1970. */
export function endOf({ login, lastUsed, since }: StoredSession, maxSeconds: number): number {
  const idle = lastUsed + SESSION_IDLE;
  return login === undefined ? idle : Math.min(idle, since + maxSeconds * 1000);
}

/** Returns the entry of a session that was ended. It is kept for a while, so that its id is not valid again. */
export function endedAt(now: number): string {
  const ended: StoredSession = { lastUsed: now, since: now };
  return JSON.stringify(ended);
}

/** Yields all sessions in a state store, those that are over too. */
export async function* scanSessions(
  state: StateStore,
): AsyncGenerator<{ readonly key: string; readonly stored: StoredSession }> {
  for (let after: string | undefined; ; ) {
    const entries = await state.scan(PREFIX, after, PAGE);
    for (const [key, { value }] of entries) yield { key, stored: JSON.parse(value) };
    after = entries.at(-1)?.[0];
    if (after === undefined) return;
  }
}
