import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createGenerations, type StateStore, updateState } from "@handlekit/core/store";
import {
  endedAt,
  endOf,
  SESSION_IDLE,
  type SessionLogin,
  type StoredSession,
  scanSessions,
  sessionKeyOf,
} from "./stored-session.ts";

/** The content of an encrypted session id. An unanswered challenge is stored nowhere else. */
export interface Sealed {
  /** The server's nonce, 16 bytes. */
  readonly nonce: Uint8Array;
  /** The end of the time to answer, in milliseconds since 1970. */
  readonly expires: number;
}

/** Encrypts and decrypts session ids. */
export interface Sealer {
  seal(content: Sealed): string;
  /** Returns undefined if the id was not encrypted with this key. */
  open(id: string): Sealed | undefined;
}

/** The length of the key that encrypts session ids. */
export const SESSION_KEY_BYTES = 32;

const CIPHER = "aes-256-gcm";
const IV = 12;
const NONCE = 16;
const EXPIRES = 8;
const TAG = 16;
const LENGTH = IV + NONCE + EXPIRES + TAG;

/**
 * Creates a sealer that uses AES-256-GCM.
 *
 * @param key 32 random bytes; the processes of one server share it
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

/** A session, authenticated or not. */
export interface Session {
  /** The session id, which is a bearer secret. */
  readonly id: string;
  readonly nonce: Uint8Array;
  readonly login?: SessionLogin | undefined;
}

/** The sessions of a server. */
export interface Sessions {
  /** Creates a session. It is not stored until it is authenticated. */
  open(): Session;
  /** Resolves to the session with this id, or to undefined if it is unknown, expired or ended. */
  find(id: string): Promise<Session | undefined>;
  /** Stores the login of a session. Resolves to false if the session has been ended. */
  authenticate(session: Session, login: SessionLogin): Promise<boolean>;
  /** Ends a session. Its id is never valid again. */
  end(session: Session): Promise<void>;
}

/** Options of {@link createSessions}. */
export interface SessionsOptions {
  readonly state: StateStore;
  /** Encrypts the ids, 32 bytes. */
  readonly key: Uint8Array;
  /** The time after which a login ends, however often it is used, in seconds. */
  readonly maxSeconds: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
}

/** The content of a session id, and the key of its session in the state store. */
interface OpenedId extends Sealed {
  readonly entryKey: string;
}

const TOUCH_AFTER = 60_000;
const SWEEP_AFTER = 60_000;
const MAX_DROPPED = 10_000;
/** The number of session ids with a login that are kept decrypted. */
const OPENED = 10_000;

/**
 * Creates the sessions of a server on a state store. A session id contains its encrypted nonce and expiry, so that an
 * unanswered challenge needs no memory. Authenticated and ended sessions are stored for 30 minutes after their last use.
 */
export function createSessions({ state, key, maxSeconds, now }: SessionsOptions): Sessions {
  const sealer = createSealer(key);
  let sweptAt = now();
  /** The last anonymous sessions that were ended, in memory: nobody gains anything by using them. */
  const dropped = new Set<string>();
  /** The ids of the logins in use: to decrypt one takes longer than all the rest of its request's authentication. */
  const opened = createGenerations<OpenedId>(OPENED);
  const isOver = (stored: StoredSession) => now() > endOf(stored, maxSeconds);

  const openId = (id: string): OpenedId | undefined => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const sealed = sealer.open(id);
    return sealed && { ...sealed, entryKey: sessionKeyOf(id) };
  };

  const sweep = async () => {
    if (now() - sweptAt < SWEEP_AFTER) return;
    sweptAt = now();
    for await (const { key: entryKey, stored } of scanSessions(state)) {
      if (isOver(stored)) await state.delete(entryKey);
    }
  };

  return {
    open() {
      const nonce = new Uint8Array(randomBytes(16));
      return { id: sealer.seal({ nonce, expires: now() + SESSION_IDLE }), nonce };
    },
    async find(id) {
      const content = openId(id);
      if (content === undefined) return undefined;
      const { nonce, expires, entryKey } = content;
      for (;;) {
        if (dropped.has(id)) return undefined;
        const entry = await state.get(entryKey);
        if (entry === undefined) return now() > expires ? undefined : { id, nonce };
        const stored = JSON.parse(entry.value) as StoredSession;
        const { login, lastUsed } = stored;
        if (login === undefined || isOver(stored)) return undefined;
        if (!opened.has(id)) opened.set(id, content, 1);
        if (now() - lastUsed <= TOUCH_AFTER) return { id, nonce, login };
        const touched = JSON.stringify({ ...stored, lastUsed: now() });
        // On a conflict another request has used or ended the session.
        if ((await state.put(entryKey, touched, entry.revision)) === "done") return { id, nonce, login };
      }
    },
    async authenticate({ id }, login) {
      if (dropped.has(id)) return false;
      const authenticated: StoredSession = { login, lastUsed: now(), since: now() };
      const stored = await updateState<StoredSession>(state, sessionKeyOf(id), (before) =>
        before === undefined || before.login ? authenticated : before,
      );
      await sweep();
      return stored === authenticated;
    },
    async end({ id, login }) {
      opened.delete(id);
      if (login !== undefined) return state.put(sessionKeyOf(id), endedAt(now()), "any").then(() => {});
      // A copy: V8 would keep the whole header in memory from which the id was cut.
      dropped.add(Buffer.from(id).toString());
      const [oldest] = dropped;
      if (dropped.size > MAX_DROPPED && oldest !== undefined) dropped.delete(oldest);
    },
  };
}
