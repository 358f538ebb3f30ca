import { parseIpAddress, parseUrl } from "@handlekit/core";

/** Parts that a URL parser would take as a step in the path, or as the beginning of a host. */
const MISREAD = /^\/|(^|\/)\.{1,2}(\/|$)/;

const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, "\uFFFD");

/**
 * The path of a handle below the resolver, percent-encoded, with a leading slash. Slashes stay, but where a URL parser
 * would misread one, all are encoded.
 */
export function handlePath(handle: string): string {
  const encoded = encodeURIComponent(wellFormed(handle));
  return `/${MISREAD.test(handle) ? encoded : encoded.replaceAll("%2F", "/")}`;
}

const SAFE = /^[!-~]*$/;

/** Text as a header can hold it: everything but printable ASCII is percent-encoded. */
export function headerSafe(text: string): string {
  if (SAFE.test(text)) return text;
  return wellFormed(text).replace(/[^\x21-\x7e]/gu, (one) => encodeURIComponent(one));
}

/** An absolute URL of a scheme that is followed, in its parts. */
const FOLLOWED = /^(https?|ftp):\/\/([^/?#]+)(.*)$/is;
/** Characters that Handle.Net encodes in a Location, beside those that no header can hold. */
const ENCODED = /["<>\\^`{|}]/g;
const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/**
 * A URL that this resolver sends people to, as it can stand in a header or an href: as it is written, but for the
 * characters that Handle.Net encodes, and for a host beyond ASCII, which has an encoding of its own (RFC 5891).
 *
 * @returns undefined for everything but an absolute URL of http, https or ftp
 */
export function redirectTarget(text: string): string | undefined {
  const [, scheme, authority = "", rest = ""] = FOLLOWED.exec(text) ?? [];
  const url = parseUrl(text);
  if (scheme === undefined || url === undefined) return undefined;
  const [, user = "", port = ""] = /^(.*@)?.*?(:\d*)?$/s.exec(authority) ?? [];
  const isAscii = headerSafe(authority) === authority;
  const host = isAscii ? authority : `${user}${url.hostname}${port}`;
  return headerSafe(`${scheme}://${host}${rest}`).replace(ENCODED, hex);
}

/**
 * Tells whether two URLs have the same host and port; `https://good.example` with `.evil.example` behind it has not.
 *
 * @param target one that {@link redirectTarget} accepts
 */
export function hasSameOrigin(target: string, other: string): boolean {
  const origin = parseUrl(target)?.origin;
  return origin !== undefined && parseUrl(other)?.origin === origin;
}

/** 16 bytes, so that IPv4 and IPv6 addresses compare as numbers. */
function addressBytes(text: string): Uint8Array | undefined {
  const bytes = parseIpAddress(text.replace(/^::ffff:(?=\d+\.)/i, ""));
  if (bytes === undefined || bytes.length === 16) return bytes;
  const padded = new Uint8Array(16);
  padded.set(bytes, 12);
  return padded;
}

/**
 * Tells whether an address is that address or in that range, such as `10.0.0.0/8`. Host names are not looked up.
 *
 * @param range false for text that is neither an address nor a range
 */
export function isInRange(address: string | undefined, range: string): boolean {
  const [, base = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const [one, other] = [addressBytes(address ?? ""), addressBytes(base)];
  if (one === undefined || other === undefined) return false;
  const offset = base.includes(":") ? 0 : 96;
  const bits = length === undefined ? 128 : Number(length) + offset;
  if (bits > 128) return false;
  const isEqual = (byte: number, i: number) => {
    const unused = Math.max(0, Math.min(8, (i + 1) * 8 - bits));
    return byte >> unused === (other[i] ?? 0) >> unused;
  };
  return one.every(isEqual);
}
