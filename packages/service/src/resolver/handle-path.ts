/** Parts that a URL parser would take as a step in the path, or as the beginning of a host. */
const MISREAD = /^\/|(^|\/)\.{1,2}(\/|$)/;

/**
 * The path of a handle on this server, percent-encoded, with a leading slash. Slashes stay, but where a URL parser
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
