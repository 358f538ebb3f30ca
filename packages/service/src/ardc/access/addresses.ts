import { isIPv4, isIPv6 } from "node:net";
import { HandleError, quoteForMessage } from "@handlekit/core";
import type { ServiceRequest } from "../../http/message.ts";

/** Addresses that begin alike: those of which the first `bits` are those of `base`. */
export interface AddressRange {
  /** As a number of 128 bits; IPv4 is `::ffff:a.b.c.d`. */
  readonly base: bigint;
  /** 0 to 128. */
  readonly bits: number;
}

const IPV4_BASE = 0xffff_0000_0000n;

function ipv4Number(text: string): bigint {
  return text.split(".").reduce((number, part) => number * 256n + BigInt(part), 0n);
}

function groupsOf(text: string): bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [BigInt(`0x${part}`)];
    const four = ipv4Number(part);
    return [four >> 16n, four & 0xffffn];
  });
}

/**
 * An IPv4 or IPv6 address as a number of 128 bits; undefined when it is neither. A zone (`%eth0`) is left out.
 *
 * @example
 * ```ts
 * parseAddress("::ffff:192.0.2.1") === parseAddress("192.0.2.1"); // true
 * ```
 */
export function parseAddress(text: string): bigint | undefined {
  if (isIPv4(text)) return IPV4_BASE + ipv4Number(text);
  const [address = ""] = text.split("%");
  if (!isIPv6(address)) return undefined;
  const [head = "", tail] = address.split("::");
  const [first, last] = [groupsOf(head), groupsOf(tail ?? "")];
  const missing = Array.from({ length: 8 - first.length - last.length }, () => 0n);
  return [...first, ...missing, ...last].reduce((number, group) => (number << 16n) + group, 0n);
}

/**
 * Reads an address, or a range as `192.0.2.0/24` or `2001:db8::/32`.
 *
 * @throws HandleError `invalid_options` when it is neither
 */
export function parseRange(text: string): AddressRange {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const base = parseAddress(address);
  const most = isIPv4(address) ? 32 : 128;
  const bits = length === undefined ? most : Number(length);
  if (base === undefined || bits > most) {
    throw new HandleError("invalid_options", {
      message: `${quoteForMessage(text)} is neither an IP address nor a range of them.`,
      hint: "Write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32.",
    });
  }
  return { base, bits: bits + 128 - most };
}

/** True when an address is in one of the ranges. */
export function isWithin(address: bigint, ranges: readonly AddressRange[]): boolean {
  return ranges.some(({ base, bits }) => (address ^ base) >> BigInt(128 - bits) === 0n);
}

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
export function callerAddress(
  request: Pick<ServiceRequest, "headers" | "connection">,
  proxies: readonly AddressRange[],
): bigint | undefined {
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
