import { constants, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import {
  encodeValue,
  foldCase,
  HandleError,
  type HandleKey,
  type HandleValueInput,
  handleKey,
  parseHandle,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHandleService, createMemoryStore, type HandleServiceOptions } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import type { Fault, FaultPlan } from "./fault.ts";
import { readPlan } from "./fault-plan.ts";
import { injectFault } from "./inject-fault.ts";

/** What {@link createFaultServer} is made from; what a handle service can be told, too. */
export interface FaultServerOptions extends Omit<HandleServiceOptions, "store" | "sessionKey"> {
  /** PEM text: a certificate for 127.0.0.1 and its key. */
  readonly tls: { readonly certificate: string; readonly key: string };
  /** What goes wrong. Default nothing. */
  readonly faults?: FaultPlan;
  /** Where the records are; the server does not close it. Default a new one in memory. */
  readonly store?: HandleStore;
  /** Records that are there at the beginning, by their handles. The prefixes they need are homed. */
  readonly seed?: Readonly<Record<string, readonly HandleValueInput[]>>;
}

/** A handle server on the loopback on which things go wrong as planned. */
export interface FaultServer {
  /** Such as `https://127.0.0.1:40123`. */
  readonly origin: string;
  /** The records, to be looked at past all faults. */
  readonly store: HandleStore;
  /** How many requests came. */
  readonly requests: number;
  /** How often a fault was injected. */
  injected(kind: Fault["kind"]): number;
  /** How many changes were committed to each record since the beginning; the keys are those of `handleKey`. */
  readonly applied: ReadonlyMap<HandleKey, number>;
  /** Ends every connection, also of requests under way. */
  close(): Promise<void>;
}

const addOne = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);

async function sow(store: HandleStore, { seed = {}, now = Date.now }: FaultServerOptions): Promise<void> {
  for (const [handle, values] of Object.entries(seed)) {
    const { prefix, suffix } = parseHandle(handle);
    await store.home(foldCase(prefix));
    if (foldCase(prefix) === "0.NA") await store.home(foldCase(suffix));
    const timestamp = Math.floor(now() / 1000);
    const stored = values.map((value) => ({ ...encodeValue(value), timestamp }));
    const done = await store.commit(
      handleKey(handle),
      "absent",
      stored.sort((a, b) => a.index - b.index),
    );
    if (done === "conflict") {
      throw new HandleError("invalid_options", { message: `The store has a record of ${handle} already.` });
    }
  }
}

/**
 * Starts a handle server on 127.0.0.1, on a free port, over TLS, that lets requests go wrong as a plan says and counts
 * what was applied, so that a test can prove that a client loses nothing and does nothing twice.
 *
 * @param options its certificate, the faults, the records at the beginning, and what the service can be told
 * @throws HandleError `invalid_handle` or `invalid_value` for a `seed` that is none; `invalid_options` when the store has
 *   one of its records
 * @example
 * ```ts
 * const server = await createFaultServer({ tls, seed, faults: [{ kind: "reset-after" }, { kind: "busy" }] });
 * await writeWith(server.origin);
 * expect(server.applied.get(handleKey("20.500.12345/abc"))).toBe(1);
 * await server.close();
 * ```
 */
export async function createFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const store = options.store ?? createMemoryStore();
  await sow(store, options);

  const applied = new Map<HandleKey, number>();
  const counting: HandleStore = {
    read: (key) => store.read(key),
    async commit(key, expected, next) {
      const outcome = await store.commit(key, expected, next);
      if (outcome === "done") addOne(applied, key);
      return outcome;
    },
    list: (prefix, after, limit) => store.list(prefix, after, limit),
    prefixes: () => store.prefixes(),
    home: (prefix) => store.home(prefix),
    unhome: (prefix) => store.unhome(prefix),
    close: () => store.close(),
  };
  // A service with another key knows none of the sessions that were opened before.
  const createService = () =>
    createHandleService({ ...options, store: counting, sessionKey: randomBytes(32) });
  let service = createService();
  const listener = createNodeListener({ respond: (request) => service.respond(request) });

  const planned = readPlan(options.faults ?? []);
  const injected = new Map<Fault["kind"], number>();
  let requests = 0;
  const sockets = new Map<number | undefined, Socket>();

  const server = createServer(
    {
      cert: options.tls.certificate,
      key: options.tls.key,
      requestCert: true,
      rejectUnauthorized: false,
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    (message, out) => {
      const { method = "", url: target = "", socket } = message;
      const serve = () => listener(message, out);
      requests += 1;
      const fault = planned({ method, target, n: requests });
      if (fault === undefined) {
        serve();
        return;
      }
      addOne(injected, fault.kind);
      injectFault(fault, {
        message,
        out,
        serve,
        reset() {
          // Only the TCP socket beneath can be reset, and Bun does not show it.
          const beneath = sockets.get(socket.remotePort);
          if (beneath === undefined || "encrypted" in beneath) socket.destroy();
          else beneath.resetAndDestroy();
        },
        forgetSessions() {
          service = createService();
        },
      });
    },
  );
  server.on("connection", (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once("close", () => sockets.delete(remotePort));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    get requests() {
      return requests;
    },
    injected: (kind) => injected.get(kind) ?? 0,
    applied,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}
