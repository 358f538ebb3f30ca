/**
 * Parses a URL. Use this in place of `URL.canParse`, which on Node 20 answers false for text beyond ASCII once it has been
 * called often enough to be compiled.
 *
 * @param base for a relative URL
 * @returns undefined when it cannot be parsed
 * @example
 * ```ts
 * parseUrl("https://bücher.example/")?.hostname; // "xn--bcher-kva.example"
 * ```
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    // Most text is no URL, and an error takes longer than all the rest.
    if (base === undefined && !String(text).includes(":")) return undefined;
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
