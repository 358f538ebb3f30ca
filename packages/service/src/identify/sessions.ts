import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { ValueReference } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";

/** What a session id seals: nothing of an unanswered challenge is stored. */
export interface Sealed {
  /** The server's nonce, 16 bytes. */
  readonly nonce: Uint8Array;
  /** Until when it may be answered, in milliseconds since 1970. */
  readonly expires: number;
}

/** Makes and opens session ids. */
export interface Sealer {
  seal(content: Sealed): string;
  /** undefined when the id was not made with this key. */
  open(id: string): Sealed | undefined;
}

const CIPHER = "aes-256-gcm";
const IV = 12;
const NONCE = 16;
const EXPIRES = 8;
const TAG = 16;
const LENGTH = IV + NONCE + EXPIRES + TAG;

/**
 * A sealer over AES-256-GCM.
 *
 * @param key 32 random bytes; processes that serve together share it
 */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal({ nonce, expires }) {
      const iv = randomBytes(IV);
      const cipher = createCipheriv(CIPHER, key, iv);
      const clear = Buffer.alloc(NONCE + EXPIRES);
      clear.set(nonce);
      clear.writeDoubleBE(expires, NONCE);
      return Buffer.concat([iv, cipher.update(clear), cipher.final(), cipher.getAuthTag()]).toString(
        "base64url",
      );
    },
    open(id) {
      const bytes = Buffer.from(id, "base64url");
      if (bytes.length !== LENGTH || bytes.toString("base64url") !== id) return undefined;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV));
      decipher.setAuthTag(bytes.subarray(LENGTH - TAG));
      try {
        const clear = Buffer.concat([decipher.update(bytes.subarray(IV, LENGTH - TAG)), decipher.final()]);
        return { nonce: new Uint8Array(clear.subarray(0, NONCE)), expires: clear.readDoubleBE(NONCE) };
      } catch {
        return undefined;
      }
    },
  };
}

/** Who a session belongs to. */
export interface SessionLogin {
  readonly identity: ValueReference;
  /** The identity as the client named it, which is what the API shows. */
  readonly claimed: string;
  /** SHA-256 of the Authorization header that was accepted: the same one again is accepted without a new check. */
  readonly header?: string | undefined;
}

/** A session, authenticated or not. */
export interface Session {
  /** The bearer secret. */
  readonly id: string;
  readonly nonce: Uint8Array;
  readonly login?: SessionLogin | undefined;
}

/** The sessions of a server. */
export interface Sessions {
  /** A new one; nothing is stored until it is authenticated. */
  open(): Session;
  /** The session with this id; undefined when it is unknown, expired or logged out. */
  find(id: string): Promise<Session | undefined>;
  authenticate(session: Session, login: SessionLogin): Promise<void>;
  /** Ends it for good. */
  end(session: Session): Promise<void>;
}

interface Kept {
  /** Absent when it was logged out. */
  readonly login?: SessionLogin;
  readonly lastUsed: number;
}

const IDLE = 30 * 60_000;
const TOUCH_AFTER = 60_000;
const SWEEP_AFTER = 60_000;
const MOST_DROPPED = 10_000;
const PREFIX = "session/";

/** Keys and header marks are digests, so that a look into the state store gives no session away. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/**
 * Sessions over a state store. A sessionId is opaque: it seals its nonce and expiry, so that an unanswered challenge
 * costs no memory; authenticated sessions and those logged out are kept, for 30 minutes after their last use.
 *
 * @param key seals the ids, 32 bytes
 * @param now milliseconds since 1970
 */
export function createSessions(state: StateStore, key: Uint8Array, now: () => number): Sessions {
  const sealer = createSealer(key);
  let sweptAt = now();
  /** Anonymous ones that were ended: worth nothing to anybody, so only the last of them are remembered. */
  const dropped = new Set<string>();
  const keep = (id: string, kept: Kept) => state.put(PREFIX + digest(id), JSON.stringify(kept), "any");

  const sweep = async () => {
    if (now() - sweptAt < SWEEP_AFTER) return;
    sweptAt = now();
    for (let after: string | undefined; ; ) {
      const entries = await state.scan(PREFIX, after, 500);
      for (const [entryKey, { value }] of entries) {
        if (now() - (JSON.parse(value) as Kept).lastUsed > IDLE) await state.delete(entryKey);
      }
      after = entries.at(-1)?.[0];
      if (after === undefined) return;
    }
  };

  return {
    open() {
      const nonce = new Uint8Array(randomBytes(16));
      return { id: sealer.seal({ nonce, expires: now() + IDLE }), nonce };
    },
    async find(id) {
      const sealed = sealer.open(id);
      if (sealed === undefined) return undefined;
      const { nonce, expires } = sealed;
      if (dropped.has(id)) return undefined;
      const entry = await state.get(PREFIX + digest(id));
      if (entry === undefined) return now() > expires ? undefined : { id, nonce };
      const { login, lastUsed } = JSON.parse(entry.value) as Kept;
      if (login === undefined || now() - lastUsed > IDLE) return undefined;
      if (now() - lastUsed > TOUCH_AFTER) await keep(id, { login, lastUsed: now() });
      return { id, nonce, login };
    },
    async authenticate({ id }, login) {
      await keep(id, { login, lastUsed: now() });
      await sweep();
    },
    async end({ id, login }) {
      if (login !== undefined) return keep(id, { lastUsed: now() }).then(() => {});
      dropped.add(id);
      const [oldest] = dropped;
      if (dropped.size > MOST_DROPPED && oldest !== undefined) dropped.delete(oldest);
    },
  };
}
