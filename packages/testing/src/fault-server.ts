import { constants, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import {
  checkOptions,
  encodeValues,
  foldCase,
  type HandleKey,
  type HandleValueInput,
  handleKey,
  invalidOptions,
  parseHandle,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHandleService, type HandleServiceOptions, openMemory } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import type { Fault, FaultPlan } from "./fault.ts";
import { readPlan } from "./fault-plan.ts";
import { injectFault } from "./inject-fault.ts";

/** Options of {@link createFaultServer}. Those of the handle service are passed on to it. */
export interface FaultServerOptions extends Omit<HandleServiceOptions, "store" | "sessionKey"> {
  /** A certificate for 127.0.0.1 and its key, PEM. */
  readonly tls: { readonly certificate: string; readonly key: string };
  /** The plan of faults. Default none. */
  readonly faults?: FaultPlan | undefined;
  /** The store of the records; the server does not close it. Default a new one in memory. */
  readonly store?: HandleStore | undefined;
  /** Records to create at the start, by their handles. Their prefixes are homed. */
  readonly seed?: Readonly<Record<string, readonly HandleValueInput[]>> | undefined;
}

/** A handle server on the loopback interface with planned faults. */
export interface FaultServer {
  /** Such as `https://127.0.0.1:40123`. */
  readonly origin: string;
  /** The store, for access to the records without faults. */
  readonly store: HandleStore;
  /** The number of requests so far. */
  readonly requests: number;
  /** Returns how often a fault was injected. */
  injected(kind: Fault["kind"]): number;
  /** The number of changes that were committed to each record, without the seed; its keys are those of `handleKey`. */
  readonly applied: ReadonlyMap<HandleKey, number>;
  /** Closes the server and all its connections, also those of pending requests. */
  close(): Promise<void>;
}

const addOne = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Creates the records of the seed. */
async function createRecords(
  store: HandleStore,
  { seed = {}, now = Date.now }: FaultServerOptions,
): Promise<void> {
  for (const [handle, values] of Object.entries(seed)) {
    const { prefix, suffix } = parseHandle(handle);
    await store.home(foldCase(prefix));
    if (foldCase(prefix) === "0.NA") await store.home(foldCase(suffix));
    const outcome = await store.commit(handleKey(handle), "absent", encodeValues(values, new Date(now())));
    if (outcome === "conflict") {
      throw invalidOptions(
        `createFaultServer: the store already has a record of ${handle}, which is in the option seed.`,
        "Use an empty store, or leave the record out of the seed.",
      );
    }
  }
}

/**
 * Starts a handle server over TLS on a free port of 127.0.0.1. It injects faults by a plan and counts the changes that
 * were applied, so that a test can prove that a client loses no change and makes none twice.
 *
 * @param options certificate, faults, seed, and options of the service
 * @throws HandleError `invalid_handle` or `invalid_value` if `seed` is not valid; `invalid_options` for an option of the
 *   wrong type, and if the store already has a record of the seed
 * @example
 * ```ts
 * const server = await createFaultServer({ tls, seed, faults: [{ kind: "reset-after" }, { kind: "busy" }] });
 * await writeWith(server.origin);
 * expect(server.applied.get(handleKey("20.500.12345/abc"))).toBe(1);
 * await server.close();
 * ```
 */
export async function createFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  checkOptions("createFaultServer", options, {
    tls: ["object"],
    faults: ["function", "array", "undefined"],
    store: ["object", "undefined"],
    seed: ["object", "undefined"],
  });
  checkOptions("createFaultServer", options.tls, { certificate: ["string"], key: ["string"] });
  const store = options.store ?? openMemory().store;
  await createRecords(store, options);

  const applied = new Map<HandleKey, number>();
  const counting: HandleStore = {
    read: (key) => store.read(key),
    async commit(key, ...change) {
      const outcome = await store.commit(key, ...change);
      if (outcome === "done") addOne(applied, key);
      return outcome;
    },
    list: (prefix, after, limit) => store.list(prefix, after, limit),
    prefixes: () => store.prefixes(),
    home: (prefix) => store.home(prefix),
    unhome: (prefix) => store.unhome(prefix),
    close: () => store.close(),
    find: store.find?.bind(store),
    changes: store.changes?.bind(store),
    audit: store.audit,
  };
  // A service with another key rejects all sessions that were opened before.
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
          // Only the TCP socket beneath can be reset, and Bun does not expose it.
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
