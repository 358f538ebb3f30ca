import { isIPv6 } from "node:net";

const SCHEMES = new Set(["http", "https", "ftp", "file", "mailto"]);

function isAuthority(text: string): boolean {
  const hostAndPort = text.slice(text.lastIndexOf("@") + 1);
  const [, address, rest = ""] = /^\[(.*?)\](.*)$/s.exec(hostAndPort) ?? [];
  if (hostAndPort.startsWith("[") && (address === undefined || !isIPv6(address))) return false;
  const afterHost = address === undefined ? hostAndPort.slice(hostAndPort.search(/:|$/)) : rest;
  const [, port] = /^(?::\+?(\d*))?$/.exec(afterHost) ?? [undefined, "none"];
  return port === undefined || Number(port) <= 0x7fffffff;
}

/** Removes the characters up to U+0020 at both ends, as Java's `trim` does. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

/**
 * Returns true if java.net.URL can parse a text, as in the original service: it needs a known scheme and, after two
 * slashes, a valid port. Spaces, an empty host and any other characters are accepted.
 *
 * @see https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/net/URL.html
 */
export function isUrl(text: string): boolean {
  const address = trimmed(text).replace(/^url:/i, "");
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(address) ?? [];
  if (/^jar$/i.test(scheme)) {
    const end = rest.indexOf("!/");
    return end >= 0 && isUrl(rest.slice(0, end));
  }
  if (!SCHEMES.has(scheme.toLowerCase())) return false;
  if (/^mailto$/i.test(scheme)) return rest.replace(/#.*$/s, "") !== "";
  const [, authority] = /^\/\/([^/?#]*)/.exec(rest) ?? [];
  return authority === undefined || isAuthority(authority);
}
