import type { IncomingMessage, ServerResponse } from "node:http";
import { BlockList, isIPv6, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { clientNetwork, invalidOptions, type Logger } from "@handlekit/core";
import type { Settings } from "./settings.ts";

/** The settings that limit connections. */
export type ConnectionLimits = Pick<
  Settings,
  "maxConnections" | "maxConnectionsPerAddress" | "ardcProxies" | "responseTimeout" | "stopTimeout"
>;

/** The connections of all ports. */
export interface Connections {
  /**
   * Checks other limits.
   *
   * @returns a function that applies them; connections that are open stay, and keep their `responseTimeout`
   * @throws HandleError `invalid_options` if `ardcProxies` has an entry that is not an address or range
   */
  prepare(limits: ConnectionLimits): () => void;
  /** Registers a connection. Destroys it and returns false if a limit is reached. */
  admit(socket: Socket): boolean;
  /** Registers a request until its response has been sent or its connection is closed. */
  begin(message: IncomingMessage, out: ServerResponse): void;
  /** Returns the registered requests of a connection, in order. */
  requests(socket: Duplex): readonly OpenRequest[];
  /**
   * Closes all connections: after the response to the request that is being handled, those without one after the
   * response to their next, or a second, because a request may be on its way; all when `stopTimeout` is over. Resolves
   * when all are closed.
   */
  drain(): Promise<void>;
  counts(): ConnectionCounts;
}

/** The settings that limit connections. */
type Limit = "maxConnections" | "maxConnectionsPerAddress";

/** The connections of a server. */
export interface ConnectionCounts {
  readonly open: number;
  /** Those that were refused since the start, by the limit that was reached. */
  readonly refused: Readonly<Record<Limit, number>>;
}

/** A request whose response has not been sent completely. */
export interface OpenRequest {
  readonly message: IncomingMessage;
  readonly out: ServerResponse;
}

/** The requests of a connection. */
interface Line {
  readonly open: Set<OpenRequest>;
  /** Closes the connection if the response to the first request is not read in time. */
  readonly timer: NodeJS.Timeout;
  /** When its last response ended, if that told the client that the connection stays open and the server is stopping. */
  ended: number;
}

interface Entry {
  /** The TCP socket. */
  readonly socket: Socket;
  /** When it was accepted, in milliseconds from any point in time. */
  readonly since: number;
  /** Undefined until the first request. */
  line: Line | undefined;
}

const WARN_EVERY_MS = 60_000;
/** A client that is busy sends its next request sooner than this; one that is closed then would be lost. */
const IDLE_MS = 1000;

/** Identifies a connection, for its TCP socket and for the TLS socket on it. */
function nameOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}

/** Returns a function that is true for an address in one of the ranges. */
function createMatch(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    try {
      if (bits === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(bits), family);
    } catch {
      throw invalidOptions(
        `${JSON.stringify(range)} in the setting ardcProxies is neither an IP address nor a range of IP addresses.`,
        "Write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32.",
      );
    }
  }
  return (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/**
 * Creates the register of connections, which limits their number.
 *
 * @throws HandleError `invalid_options` if `ardcProxies` has an entry that is not an address or range
 */
export function createConnections(limits: ConnectionLimits, log: Logger): Connections {
  let settings = limits;
  let isProxy = createMatch(settings.ardcProxies);
  const entries = new Map<string, Entry>();
  const lines = new WeakMap<Duplex, Line>();
  const perNetwork = new Map<string, number>();
  let drained: (() => void) | undefined;
  const refused: Record<Limit, number> = { maxConnections: 0, maxConnectionsPerAddress: 0 };
  let warned = Number.NEGATIVE_INFINITY;

  const refuse = (socket: Socket, setting: Limit): false => {
    refused[setting]++;
    if (performance.now() - warned >= WARN_EVERY_MS) {
      const total = refused.maxConnections + refused.maxConnectionsPerAddress;
      log.warn("connections are refused", { setting, remote: socket.remoteAddress, refused: total });
      warned = performance.now();
    }
    socket.destroy();
    return false;
  };

  const createLine = (socket: Socket): Line => {
    const open = new Set<OpenRequest>();
    // Starting it again costs less than a new timer for each request, so that it runs on without a request.
    const timer = setTimeout(() => {
      if (open.size > 0) socket.destroy();
    }, settings.responseTimeout).unref();
    const line: Line = { open, timer, ended: 0 };
    lines.set(socket, line);
    const entry = entries.get(nameOf(socket));
    if (entry !== undefined) entry.line = line;
    // Responses that wait for their turn do not know that the connection is closed.
    socket.once("close", () => {
      clearTimeout(line.timer);
      line.open.clear();
    });
    return line;
  };

  return {
    prepare(next) {
      const isNextProxy = createMatch(next.ardcProxies);
      return () => {
        settings = next;
        isProxy = isNextProxy;
      };
    },

    admit(socket) {
      const { remoteAddress } = socket;
      // Closed before it was accepted.
      if (remoteAddress === undefined || drained !== undefined) {
        socket.destroy();
        return false;
      }
      if (entries.size >= settings.maxConnections) return refuse(socket, "maxConnections");
      const network = isProxy(remoteAddress) ? undefined : clientNetwork(remoteAddress);
      const count = network === undefined ? 0 : (perNetwork.get(network) ?? 0);
      if (count >= settings.maxConnectionsPerAddress) return refuse(socket, "maxConnectionsPerAddress");
      if (network !== undefined) perNetwork.set(network, count + 1);
      const name = nameOf(socket);
      entries.set(name, { socket, since: performance.now(), line: undefined });
      socket.once("close", () => {
        entries.delete(name);
        const left = network === undefined ? 0 : (perNetwork.get(network) ?? 1) - 1;
        if (network !== undefined && left === 0) perNetwork.delete(network);
        else if (network !== undefined) perNetwork.set(network, left);
        if (entries.size === 0) drained?.();
      });
      return true;
    },

    begin(message, out) {
      const { socket } = message;
      const line = lines.get(socket) ?? createLine(socket);
      const request = { message, out };
      if (line.open.size === 0) line.timer.refresh();
      line.open.add(request);
      if (drained !== undefined) out.shouldKeepAlive = false;
      out.on("close", () => {
        line.open.delete(request);
        if (line.open.size > 0) line.timer.refresh();
        if (drained === undefined) return;
        if (out.shouldKeepAlive) line.ended = performance.now();
        else socket.destroySoon();
      });
    },

    requests: (socket) => [...(lines.get(socket)?.open ?? [])],

    counts: () => ({ open: entries.size, refused: { ...refused } }),

    drain() {
      return new Promise((resolve) => {
        const busy = [...entries.values()].filter(({ line }) => line !== undefined && line.open.size > 0);
        log.info("stopping", { connections: entries.size, busy: busy.length });
        const timer = setTimeout(() => {
          const message = "connections are closed although their responses have not been read (stopTimeout)";
          log.warn(message, { connections: entries.size });
          for (const { socket } of entries.values()) socket.destroy();
        }, settings.stopTimeout);
        const begun = performance.now();
        const closeIdle = () => {
          for (const { socket, since, line } of entries.values()) {
            const isIdle = line === undefined || line.open.size === 0;
            const last = Math.max(begun, since, line?.ended ?? 0);
            if (isIdle && performance.now() - last >= IDLE_MS) socket.destroy();
          }
        };
        // After the event loop has read what has arrived meanwhile.
        const idleTimer = setInterval(() => setImmediate(closeIdle), IDLE_MS / 4);
        drained = () => {
          clearTimeout(timer);
          clearInterval(idleTimer);
          resolve();
        };
        if (entries.size === 0) drained();
        for (const { line } of entries.values()) {
          for (const { out } of line?.open ?? []) if (!out.headersSent) out.shouldKeepAlive = false;
        }
      });
    },
  };
}
