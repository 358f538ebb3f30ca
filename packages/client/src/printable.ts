const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text with escapes for what would move a terminal's cursor or turn the direction of writing. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const short = JSON.stringify(character).slice(1, -1);
    return short === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : short;
  });
}
