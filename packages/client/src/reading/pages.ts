import { encodeHex, encodeUtf8, foldCase } from "@handlekit/core";

/**
 * Returns a function that resolves to true for a page of handles that it has been given before: a server that does not
 * count pages, or counts them in a circle, would be read for ever. It keeps a digest of each page.
 */
export function createPageMemory(): (handles: readonly string[]) => Promise<boolean> {
  const seen = new Set<string>();
  return async (handles) => {
    const bytes = encodeUtf8(JSON.stringify(handles));
    const digest = encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    if (seen.has(digest)) return true;
    seen.add(digest);
    return false;
  };
}

/** Returns true for a handle of a prefix. */
export function isInPrefix(handle: string, prefix: string): boolean {
  return foldCase(handle.slice(0, prefix.length + 1)) === `${foldCase(prefix)}/`;
}

/** Returns the handles of a prefix; all if it is undefined or empty. */
export function ofPrefix(found: readonly string[], prefix: string | undefined): readonly string[] {
  return prefix ? found.filter((handle) => isInPrefix(handle, prefix)) : found;
}
