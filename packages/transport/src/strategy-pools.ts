import { type AuthStrategy, checkArgument, decodeUtf8, HandleError, invalidOptions } from "@handlekit/core";
import type { ConnectionPool, Engine } from "./engine/engine.ts";
import { loadEngine } from "./engine/load-engine.ts";
import { createSemaphore, type Semaphore } from "./semaphore.ts";
import type { TransportSettings } from "./settings.ts";

/** The connections of one strategy, or of anonymous requests. */
export interface StrategyPool {
  readonly connections: ConnectionPool;
  /** Returns what limits the requests to this origin. */
  semaphoreFor(origin: string): Semaphore;
}

/** The connections of all strategies. No strategy uses the connections of another. */
export interface StrategyPools {
  /** Returns the strategy's pool, or a promise of it while it is being created. */
  poolOf(strategy: AuthStrategy | undefined): StrategyPool | Promise<StrategyPool>;
  /** Closes every connection. */
  close(): Promise<void>;
}

/**
 * Throws if the option `strategy` lacks the members of a strategy.
 *
 * @throws HandleError `invalid_options`
 */
export function checkStrategy(caller: string, strategy: AuthStrategy | undefined): void {
  checkArgument(caller, "the option strategy", strategy, ["object", "undefined"]);
  if (strategy === undefined) return;
  checkArgument(caller, "the strategy's authenticate", strategy.authenticate, ["function"]);
  checkArgument(caller, "the strategy's origins", strategy.origins, ["array"]);
}

function decodeKey(key: Uint8Array): string {
  const text = decodeUtf8(key);
  if (text !== undefined) return text;
  throw new HandleError("invalid_key", {
    message: "The private key of the strategy is not PEM text.",
    hint: "It begins with -----BEGIN PRIVATE KEY-----.",
  });
}

/** Creates the pools; the platform's engine is loaded at the first request. */
export function createStrategyPools(settings: TransportSettings): StrategyPools {
  const pools = new WeakMap<object, StrategyPool | Promise<StrategyPool>>();
  const anonymous = {};
  let engine: Promise<Engine> | undefined;

  async function createPool(strategy: AuthStrategy | undefined): Promise<StrategyPool> {
    engine ??= loadEngine(settings);
    const loaded = await engine;
    if (strategy?.tls === "external" && !settings.fetch) {
      throw invalidOptions(
        'The strategy has tls: "external", and this transport has no client certificate to present.',
        "Give the transport a `fetch` that presents the certificate.",
      );
    }
    const tls = typeof strategy?.tls === "object" ? strategy.tls : undefined;
    const connections = loaded.createPool(
      tls && { certificate: tls.certificate, key: decodeKey(tls.key.reveal()) },
    );
    const semaphores = new Map<string, Semaphore>();
    return {
      connections,
      semaphoreFor(origin) {
        const semaphore = semaphores.get(origin) ?? createSemaphore(settings.connections);
        semaphores.set(origin, semaphore);
        return semaphore;
      },
    };
  }

  return {
    poolOf(strategy) {
      const owner = strategy ?? anonymous;
      const known = pools.get(owner);
      if (known) return known;
      const creating = createPool(strategy);
      pools.set(owner, creating);
      creating.then(
        (pool) => pools.set(owner, pool),
        () => {},
      );
      return creating;
    },
    async close() {
      await (await engine?.catch(() => undefined))?.close();
    },
  };
}
