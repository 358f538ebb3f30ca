import type { ServiceRequest } from "../../exchange-types.ts";
import { type AddressRange, isWithin, parseAddress } from "./ip-range.ts";

/** An address as proxies write it: perhaps with a port, IPv6 perhaps in brackets. */
function parseForwarded(text: string): bigint | undefined {
  const [, inBrackets, withPort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text) ?? [];
  return parseAddress(inBrackets ?? withPort ?? text);
}

/**
 * The address a request came from. Its connection says so; X-Forwarded-For counts only when that is a proxy of ours,
 * and from its end only as far as each is one, too.
 *
 * @returns undefined when it is not known
 */
export function callerAddress(request: ServiceRequest, proxies: readonly AddressRange[]): bigint | undefined {
  const peer = parseAddress(request.connection.remoteAddress ?? "");
  const forwarded = request.headers["x-forwarded-for"];
  if (peer === undefined || forwarded === undefined || !isWithin(peer, proxies)) return peer;
  let caller: bigint | undefined = peer;
  for (const item of forwarded.split(",").reverse()) {
    caller = parseForwarded(item.trim());
    if (caller === undefined || !isWithin(caller, proxies)) break;
  }
  return caller;
}
