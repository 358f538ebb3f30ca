const FOLLOWED = /^(?:https?|ftp):\/\/[^/?#]/i;

/** What may stand in a header: everything but printable ASCII is percent-encoded. */
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
