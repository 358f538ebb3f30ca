/** The text that every secret of our own tests contains, so that a printed secret is noticed. */
export const CANARY = "S3CR3T";

/**
 * The spellings of the canary: plain, in hex, and inside base64 text, where its letters depend on the number of bytes
 * before it.
 *
 * @param {string} canary
 * @returns {Map<string, "text" | "hex" | "base64">}
 */
function spellings(canary) {
  const bytes = Buffer.from(canary, "utf8");
  /** @type {Map<string, "text" | "hex" | "base64">} */
  const found = new Map([
    [canary, "text"],
    [bytes.toString("hex"), "hex"],
    [bytes.toString("hex").toUpperCase(), "hex"],
  ]);
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Only letters whose six bits all come from the canary are independent of its surroundings.
    const own = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    found.set(own, "base64").set(own.replaceAll("+", "-").replaceAll("/", "_"), "base64");
  }
  return found;
}

/**
 * Creates a search for the canary in lines of text.
 *
 * @param {string} [canary] another canary, for the tests of this search
 */
export function createCanaryFinder(canary = CANARY) {
  const known = [...spellings(canary)];
  /**
   * @param {string} text
   * @returns {"text" | "hex" | "base64" | undefined} the spelling found
   */
  const find = (text) => known.find(([spelling]) => text.includes(spelling))?.[1];
  /**
   * The text with every word that carries the canary replaced.
   *
   * @param {string} text
   */
  const redact = (text) =>
    text
      .split(/(\s+)/)
      .map((word) => (find(word) ? "[canary]" : word))
      .join("");
  return { find, redact };
}
