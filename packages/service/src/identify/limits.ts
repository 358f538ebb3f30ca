import { clientNetwork, RESPONSE_CODES } from "@handlekit/core";
import { refuse } from "../refuse.ts";

/** Runs work when it may. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Returns the limit for an address. */
export type LimitOf = (address: string | undefined) => Limit;

/**
 * Creates a limit on work that runs at the same time.
 *
 * @param running how much may run
 * @param waiting how much may wait for that from one address, or /64 network of IPv6; four times as much from all
 * @returns a function for an address, whose limit rejects with response code 3 if too much is waiting
 */
export function createLimit(running: number, waiting: number): LimitOf {
  let active = 0;
  const line: { readonly network: string; readonly begin: () => void }[] = [];
  const isFull = (network: string) =>
    line.length >= 4 * waiting || line.filter((each) => each.network === network).length >= waiting;
  return (address = "") =>
    async (work) => {
      const network = clientNetwork(address);
      if (active < running) active++;
      else if (isFull(network)) {
        throw refuse(RESPONSE_CODES.serverTooBusy, "The server is deriving other keys; try again");
      } else await new Promise<void>((begin) => line.push({ network, begin }));
      try {
        return await work();
      } finally {
        // The next one takes this place, so `active` stays the same.
        const next = line.shift();
        if (next === undefined) active--;
        else next.begin();
      }
    };
}

/** The networks of which the last requests are remembered. */
const MAX_NETWORKS = 10_000;

/**
 * Creates a limit on requests per address, or /64 network of IPv6.
 *
 * @param perMinute the requests per minute; as many may come at once. 0 for any number
 * @param now returns milliseconds from any point in time
 * @returns a function that counts a request, and returns false if it is too many. A request without an address is
 *   allowed
 */
export function createRateLimit(
  perMinute: number,
  now: () => number,
): (address: string | undefined) => boolean {
  /** When all requests of a network are forgotten, the longest ago first. */
  const full = new Map<string, number>();
  const each = 60_000 / perMinute;
  return (address) => {
    if (address === undefined || perMinute === 0) return true;
    const network = clientNetwork(address);
    const time = now();
    const then = Math.max(full.get(network) ?? 0, time) + each;
    if (then > time + 60_000) return false;
    full.delete(network);
    full.set(network, then);
    const [oldest] = full.keys();
    if (full.size > MAX_NETWORKS && oldest !== undefined) full.delete(oldest);
    return true;
  };
}
