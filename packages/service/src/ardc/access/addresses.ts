import { invalidOptions, parseIpAddress, quoteForMessage } from "@handlekit/core";
import type { ParsedRequest } from "../../http/parsed-request.ts";

/** A range of addresses: those whose first `bits` bits are equal to those of `base`. */
export interface AddressRange {
  /** The address as a number of 128 bits; IPv4 is `::ffff:a.b.c.d`. */
  readonly base: bigint;
  /** 0 to 128. */
  readonly bits: number;
}

const IPV4_BASE = 0xffff_0000_0000n;

/**
 * Returns an IPv4 or IPv6 address as a number of 128 bits, or undefined if it is neither. Ignores the zone of an IPv6
 * address (`%eth0`).
 *
 * @example
 * ```ts
 * parseAddress("::ffff:192.0.2.1") === parseAddress("192.0.2.1"); // true
 * ```
 */
export function parseAddress(text: string): bigint | undefined {
  const bytes = parseIpAddress(text.includes(":") ? text.replace(/%.*$/s, "") : text);
  if (bytes === undefined) return undefined;
  const number = bytes.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  return bytes.length === 4 ? IPV4_BASE + number : number;
}

/** Returns the text of an address that {@link parseAddress} returned, as IPv6 without abbreviation. */
export function formatAddress(address: bigint): string {
  return (address.toString(16).padStart(32, "0").match(/.{4}/g) ?? []).join(":");
}

/**
 * Parses an address, or a range such as `192.0.2.0/24` or `2001:db8::/32`.
 *
 * @throws HandleError `invalid_options` if it is neither
 */
export function parseRange(text: string): AddressRange {
  if (typeof text !== "string") throw invalidOptions("An IP address or range is not a string.");
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const base = parseAddress(address);
  const max = address.includes(":") ? 128 : 32;
  const bits = length === undefined ? max : Number(length);
  if (base === undefined || bits > max) {
    throw invalidOptions(
      `${quoteForMessage(text)} is neither an IP address nor a range of IP addresses.`,
      "Write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32.",
    );
  }
  return { base, bits: bits + 128 - max };
}

/** Returns true if an address is in one of the ranges. */
export function isWithin(address: bigint, ranges: readonly AddressRange[]): boolean {
  return ranges.some(({ base, bits }) => (address ^ base) >> BigInt(128 - bits) === 0n);
}

/** Parses an address as proxies write it: optionally with a port, IPv6 optionally in brackets. */
function parseForwarded(text: string): bigint | undefined {
  const [, inBrackets, withPort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text) ?? [];
  return parseAddress(inBrackets ?? withPort ?? text);
}

/** Returns true for the request of a web page, which any browser at a registered address could show. */
export function isByPage(request: Pick<ParsedRequest, "headers" | "fromForeignPage">): boolean {
  return request.fromForeignPage || request.headers.origin !== undefined;
}

/**
 * Returns the address of the client: that of the connection, or if it is a trusted proxy, the last address in
 * X-Forwarded-For that is not one.
 *
 * @returns undefined if it is unknown
 */
export function callerAddress(
  request: Pick<ParsedRequest, "headers" | "connection">,
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
