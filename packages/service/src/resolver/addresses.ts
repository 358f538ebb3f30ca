/** Parts that a URL parser would take as a step in the path, or as the beginning of a host. */
const MISREAD = /^\/|(^|\/)\.{1,2}(\/|$)/;

/**
 * The path of a handle below the resolver, percent-encoded, with a leading slash. Slashes stay, but where a URL parser
 * would misread one, all are encoded.
 */
export function handlePath(handle: string): string {
  const encoded = encodeURIComponent(handle.replace(/\p{Surrogate}/gu, "\uFFFD"));
  return `/${MISREAD.test(handle) ? encoded : encoded.replaceAll("%2F", "/")}`;
}

/** A handle as people write it, without the scheme `hdl:`. */
export function withoutScheme(written: string): string {
  return written.replace(/^hdl:/i, "");
}

const FOLLOWED = /^(?:https?|ftp):\/\/[^/?#]/i;

/** Text as a header can hold it: everything but printable ASCII is percent-encoded. */
export function headerSafe(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, "\uFFFD")
    .replace(/[^\x21-\x7e]/gu, (one) => encodeURIComponent(one));
}

/**
 * A URL that this resolver sends people to, as it can stand in a header or an href: verbatim, but for what a header
 * cannot hold.
 *
 * @returns undefined for what is no absolute URL of http, https or ftp
 */
export function redirectTarget(text: string): string | undefined {
  if (!FOLLOWED.test(text) || !URL.canParse(text)) return undefined;
  const [authority = ""] = /^[^:]*:\/\/[^/?#]*/.exec(text) ?? [];
  // A host beyond ASCII has its own encoding (RFC 5891), which only the URL parser knows.
  return headerSafe(authority) === authority ? headerSafe(text) : headerSafe(new URL(text).href);
}

/**
 * A target with `urlappend` behind it.
 *
 * @returns undefined when that would lead to another host or port: `@elsewhere.example` behind `https://example.org`
 */
export function appendToTarget(target: string, append: string): string | undefined {
  const whole = redirectTarget(target + append);
  return whole !== undefined && new URL(whole).origin === new URL(target).origin ? whole : undefined;
}
