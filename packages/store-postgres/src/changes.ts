import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "@handlekit/core";
import type { HandleKey } from "@handlekit/core/store";
import type pg from "pg";
import type { Connection } from "./database/connection.ts";
import type { Statement, Transaction } from "./database/database.ts";
import type { Hosts } from "./database/hosts.ts";

/** Which records changed: a key, or "any" if some may have been missed. */
export type ChangeListener = (key: HandleKey | "any") => void;

/** Tells the other processes of this package which records changed, and hears it from them. */
export interface Changes {
  /** Tells of changes, once the transaction is committed. */
  tell(transaction: Transaction, keys: readonly HandleKey[]): void;
  /** Returns a function that ends the subscription. */
  listen(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

const CHANNEL = "handlekit_changes";
/** PostgreSQL takes less than 8000 bytes. */
const MAX_BYTES = 7900;
const RETRY_MS = 1000;

const NOTIFY: Statement = { name: "notify", text: `SELECT pg_notify('${CHANNEL}', $1)` };

/** Hears of changes, connecting again whenever the connection is lost. */
export function createChanges(
  hosts: Hosts,
  { hosts: [config], name }: Connection,
  log: Logger | undefined,
): Changes {
  const own = randomUUID();
  const listeners = new Set<ChangeListener>();
  const stopped = new AbortController();
  let client: pg.Client | undefined;

  function emit(key: HandleKey | "any"): void {
    for (const listener of listeners) listener(key);
  }

  function hear(payload: string): void {
    const line = payload.indexOf("\n");
    if (payload.slice(0, line) === own) return;
    const keys = payload.slice(line + 1);
    if (keys === "") emit("any");
    else for (const key of JSON.parse(keys) as HandleKey[]) emit(key);
  }

  async function connect(): Promise<void> {
    const next = new hosts.Client(config);
    client = next;
    const ended = new Promise<void>((resolve) => {
      next.on("error", () => resolve()).on("end", () => resolve());
    });
    try {
      next.on("notification", ({ payload = "" }) => hear(payload));
      await next.connect();
      await hosts.assertPrimary(next);
      await next.query(`LISTEN ${CHANNEL}`);
      // What changed while nobody listened is not known.
      emit("any");
      await ended;
    } finally {
      await next.end().catch(() => undefined);
    }
  }

  async function stayConnected(): Promise<void> {
    const { signal } = stopped;
    while (!signal.aborted) {
      const error = await connect().catch((error: unknown) => error);
      if (signal.aborted) return;
      log?.warn("changes of other processes are not heard of; connecting again", { database: name, error });
      await setTimeout(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  const running = stayConnected();

  return {
    tell({ send }, keys) {
      const text = `${own}\n${JSON.stringify(keys)}`;
      send(NOTIFY, [Buffer.byteLength(text) > MAX_BYTES ? `${own}\n` : text]);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stopped.abort();
      await client?.end().catch(() => undefined);
      await running;
    },
  };
}
