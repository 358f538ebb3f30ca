const DOUBLE = "“”„‟";
const SINGLE = "‘’";
/** The text after a JSON string: punctuation, the end of the line, or the next string. */
const AFTER_STRING = /[^\S\r\n]*(?:[,:}\]\r\n]|$)|[^\S\r\n]+["“„‟‘]/y;

function isBeforePunctuation(text: string, offset: number): boolean {
  AFTER_STRING.lastIndex = offset;
  return AFTER_STRING.test(text);
}

/** Returns the offset of the quote that closes the string opened at `start`, or of the end of its line. */
function closingQuote(text: string, start: number, closers: string): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === "\n" || character === "\r" || character === '"') return at;
    else if (closers.includes(character) && isBeforePunctuation(text, at + 1)) return at;
  }
  return text.length;
}

/**
 * Replaces typographic quotes that delimit JSON strings with plain ones. Offsets do not change. A string in plain quotes
 * is left as it is. A string that a typographic quote opens is closed by a quote of that kind where a JSON string may
 * end; elsewhere such a quote is text.
 *
 * @returns the text, and the offset of the first replaced quote
 */
export function straightenQuotes(text: string): {
  readonly text: string;
  readonly first?: number | undefined;
} {
  const replaced: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      at = closingQuote(text, at, "");
      continue;
    }
    const closers = DOUBLE.includes(character) ? DOUBLE : SINGLE.includes(character) ? SINGLE : "";
    if (closers === "") continue;
    replaced.push(at);
    at = closingQuote(text, at, closers);
    if (closers.includes(text.charAt(at)) && at < text.length) replaced.push(at);
  }
  const [first] = replaced;
  if (first === undefined) return { text, first };
  const characters = text.split("");
  for (const at of replaced) characters[at] = '"';
  return { text: characters.join(""), first };
}
