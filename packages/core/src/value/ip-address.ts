import { concatBytes } from "../bytes.ts";
import { checkText } from "../check.ts";
import { invalidValue } from "../error.ts";

/** No leading zeros: some programs read them as octal. */
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

function ipv4Bytes(text: string): number[] | undefined {
  const bytes = IPV4.exec(text)?.slice(1).map(Number);
  return bytes?.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The bytes of groups separated by colons. The last one may be an IPv4 address, if the groups end the address. */
function groupBytes(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const ipv4 = isEnd ? ipv4Bytes(groups.at(-1) ?? "") : undefined;
  const words = ipv4 ? groups.slice(0, -1) : groups;
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return [
    ...words.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]),
    ...(ipv4 ?? []),
  ];
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const isShort = halves.length === 2;
  const head = groupBytes(halves[0] ?? "", !isShort);
  const tail = isShort ? groupBytes(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (isShort ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/**
 * Parses an IP address.
 *
 * @returns the 4 bytes of an IPv4 address or the 16 bytes of an IPv6 address; undefined for any other text, such as a
 *   host name, an address with a zone or an IPv4 address with leading zeros
 * @example
 * ```ts
 * parseIpAddress("192.0.2.7"); // Uint8Array [192, 0, 2, 7]
 * ```
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  checkText("parseIpAddress", "text", text);
  const bytes = ipv4Bytes(text) ?? ipv6Bytes(text);
  return bytes && Uint8Array.from(bytes);
}

/**
 * Returns the network that limits per address count as one client: an IPv4 address, or the first 64 bits of an IPv6
 * address, all of whose addresses usually belong to one subscriber. An IPv4 address in IPv6 (`::ffff:192.0.2.7`) is
 * IPv4, and a zone (`%eth0`) is ignored.
 *
 * @returns such as `192.0.2.7` or `20010db800000001/64`; a text that is not an address is returned as it is
 * @example
 * ```ts
 * clientNetwork("2001:db8:0:1::7") === clientNetwork("2001:db8:0:1::8"); // true
 * ```
 */
export function clientNetwork(address: string): string {
  checkText("clientNetwork", "address", address);
  const bytes = parseIpAddress(address.includes(":") ? address.replace(/%.*$/s, "") : address);
  if (bytes === undefined) return address;
  if (bytes.length === 4) return bytes.join(".");
  const isIpv4 = bytes.subarray(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  if (isIpv4) return bytes.subarray(12).join(".");
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex}/64`;
}

/**
 * Returns the 16 bytes of an address in HS_SITE. The last four are those of an IPv4 address; the others are 0 then.
 *
 * @throws HandleError `invalid_value` if the text is not an IP address
 */
export function encodeSiteAddress(text: string): Uint8Array {
  const bytes = parseIpAddress(text);
  if (bytes === undefined) {
    throw invalidValue(
      "The address of a site's server is not an IP address.",
      "Write it as 192.0.2.7 or 2001:db8::7.",
    );
  }
  return concatBytes(new Uint8Array(16 - bytes.length), bytes);
}

/** Returns the text of a 16-byte address: IPv6 in eight groups without abbreviation, as Handle servers write it. */
export function decodeSiteAddress(bytes: Uint8Array): string {
  if (bytes.subarray(0, 12).every((byte) => byte === 0)) return bytes.subarray(12).join(".");
  return Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  ).join(":");
}
