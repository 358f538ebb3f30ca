import type { TransportSettings } from "../settings.ts";
import type { Engine } from "./engine.ts";

/**
 * Loads the engine of the platform this runs on.
 *
 * @throws HandleError `not_supported` when the platform cannot do what the settings require
 */
export async function loadEngine(settings: TransportSettings): Promise<Engine> {
  const platform: { Deno?: unknown; Bun?: unknown; process?: { versions?: { node?: string } } } = globalThis;
  const { ca, trust } = settings;
  // Only on its own connections can an engine see the certificate before it sends anything.
  const ownConnections = ca !== undefined || trust !== undefined;
  if (settings.fetch) return (await import("./fetch.ts")).createFetchEngine(settings, settings.fetch);
  if (platform.Deno && !ownConnections) return (await import("./deno.ts")).createDenoEngine(settings);
  if (platform.Bun && !ownConnections) return (await import("./bun.ts")).createBunEngine(settings);
  const isNode = !platform.Deno && !platform.Bun && platform.process?.versions?.node !== undefined;
  if (isNode && !settings.keepAlive) return (await import("./node-single.ts")).createSingleEngine(settings);
  if (platform.process?.versions?.node) return (await import("./node.ts")).createNodeEngine(settings);
  return (await import("./fetch.ts")).createFetchEngine(settings, globalThis.fetch);
}
