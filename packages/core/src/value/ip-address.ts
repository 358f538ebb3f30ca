import { HandleError } from "../error.ts";

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function ipv4Bytes(text: string): number[] | undefined {
  const bytes = IPV4.exec(text)?.slice(1).map(Number);
  return bytes?.every((byte) => byte <= 255) ? bytes : undefined;
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = ipv4Bytes(parts.at(-1) ?? "");
  const words = last ? parts.slice(0, -1) : parts;
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return [
    ...words.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]),
    ...(last ?? []),
  ];
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = [groups(halves[0] ?? ""), halves.length === 2 ? groups(halves[1] ?? "") : []];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/**
 * The 16 bytes of an address as HS_SITE holds it: an IPv4 address stands in the last four, the others being 0.
 *
 * @throws HandleError `invalid_value` when it is neither an IPv4 nor an IPv6 address
 */
export function parseAddress(text: string): Uint8Array {
  const four = ipv4Bytes(text);
  const bytes = four ? [...Array.from({ length: 12 }, () => 0), ...four] : ipv6Bytes(text);
  if (bytes === undefined) {
    throw new HandleError("invalid_value", {
      message: "The address of a site's server is not an IP address.",
    });
  }
  return Uint8Array.from(bytes);
}

/** The text of a 16-byte address; IPv6 in eight groups without abbreviation, as Handle servers write it. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.subarray(0, 12).every((byte) => byte === 0)) return bytes.subarray(12).join(".");
  return Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  ).join(":");
}
