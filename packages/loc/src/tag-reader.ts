/** A place in a text where something was not as XML has it. */
export interface ScanFinding {
  /** In UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

/** An attribute as it stands in a tag. The offsets enclose `name="value"`. */
export interface ScannedAttribute {
  readonly name: string;
  /** With its references decoded. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** An element as it stands in a text. */
export interface ScannedElement {
  readonly name: string;
  readonly attributes: readonly ScannedAttribute[];
  readonly start: number;
  /** Where its first tag ends. */
  readonly tagEnd: number;
  readonly selfClosed: boolean;
  /** Where its content ends, and where the element ends; both are `tagEnd` when it has no end tag. */
  contentEnd: number;
  end: number;
}

const REFERENCES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** An ampersand that begins none of the references of XML. */
const BARE_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)/;

const isSpace = (character: string | undefined) => character !== undefined && character <= " ";

function characterOf(reference: string): string | undefined {
  const [, hex, decimal] = /^#(?:[xX]([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(reference) ?? [];
  if (hex === undefined && decimal === undefined) return REFERENCES[reference.toLowerCase()];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/**
 * Decodes references as Handle.Net does: it reads from an ampersand to the next semicolon, and keeps that text as it is
 * when it is no reference.
 */
export function decodeReferences(text: string): string {
  let decoded = "";
  let at = 0;
  for (;;) {
    const start = text.indexOf("&", at);
    const end = start < 0 ? -1 : text.indexOf(";", start);
    if (end < 0) return decoded + text.slice(at);
    decoded +=
      text.slice(at, start) + (characterOf(text.slice(start + 1, end)) ?? text.slice(start, end + 1));
    at = end + 1;
  }
}

/** Where a DOCTYPE that begins at `start` ends, its internal subset included; -1 when it does not. */
function endOfDoctype(text: string, start: number): number {
  let brackets = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, at + 1);
      if (close < 0) return -1;
      at = close;
    } else if (character === "[") brackets++;
    else if (character === "]") brackets--;
    else if (character === ">" && brackets <= 0) return at + 1;
  }
  return -1;
}

/** Markup that is skipped: its beginning, its end and its name for a message. */
const SKIPPED: readonly (readonly [start: string, end: string, name: string])[] = [
  ["<!--", "-->", "comment"],
  ["<![CDATA[", "]]>", "CDATA section"],
  ["<?", "?>", "processing instruction"],
];

/** More findings than a person reads; further ones are dropped. */
const MAX_WARNINGS = 20;

/** Reads a text tag by tag. The position is that of the next character to be read. */
export interface TagReader {
  /** Deviations from XML so far. */
  readonly warnings: ScanFinding[];
  warn(offset: number, message: string): void;
  /** Records that the text breaks off. */
  breaksOff(offset: number, message: string): undefined;
  problem(): ScanFinding | undefined;
  position(): number;
  moveTo(position: number): void;
  /** The start tag at the position; undefined when the text breaks off. */
  startTag(): ScannedElement | undefined;
  /** Skips a comment, an instruction, a CDATA section or a DOCTYPE; true when there was one. */
  skipMarkup(): boolean;
}

/** Creates a reader at the beginning of a text. */
export function createTagReader(text: string): TagReader {
  const warnings: ScanFinding[] = [];
  let problem: ScanFinding | undefined;
  let at = 0;

  const warn = (offset: number, message: string): void => {
    if (warnings.length < MAX_WARNINGS) warnings.push({ offset, message });
  };
  const breaksOff = (offset: number, message: string): undefined => {
    problem = { offset, message };
  };
  const skipSpace = (): void => {
    while (isSpace(text[at])) at++;
  };

  /** The characters up to the first one in `ends` or a space. */
  const word = (ends: string): string => {
    const start = at;
    for (; at < text.length; at++) {
      const character = text[at] ?? "";
      if (isSpace(character) || ends.includes(character)) break;
    }
    return text.slice(start, at);
  };

  /** One value, quoted or not; undefined when the text breaks off. */
  const value = (): string | undefined => {
    skipSpace();
    const quote = text[at];
    if (quote === undefined) return breaksOff(at, "the text ends inside of a tag");
    if (quote !== '"' && quote !== "'") {
      warn(at, "the value of an attribute is not in quotes");
      return word("\"'=<>");
    }
    const end = text.indexOf(quote, at + 1);
    if (end < 0) return breaksOff(at, "a quoted value is not closed");
    const raw = text.slice(at + 1, end);
    at = end + 1;
    return raw;
  };

  const attribute = (): ScannedAttribute | undefined => {
    const start = at;
    const name = word("=/>\"'<");
    let end = at;
    skipSpace();
    if (text[at] !== "=") {
      warn(start, "an attribute has no value");
      at = end;
      return { name, value: "NULL", start, end };
    }
    let raw: string | undefined = "";
    // A further "=" gives another value, which counts.
    while (text[at] === "=") {
      at++;
      raw = value();
      if (raw === undefined) return undefined;
      end = at;
      skipSpace();
      if (text[at] === "=") warn(at, "an attribute has two values");
    }
    at = end;
    if (BARE_AMPERSAND.test(raw)) warn(start, "an & begins no reference; in XML it is written &amp;");
    return { name, value: decodeReferences(raw), start, end };
  };

  return {
    warnings,
    warn,
    breaksOff,
    problem: () => problem,
    position: () => at,
    moveTo(position: number): void {
      at = position;
    },

    startTag(): ScannedElement | undefined {
      const start = at++;
      const name = word("/>\"'=<");
      const attributes: ScannedAttribute[] = [];
      let slash = false;
      for (;;) {
        skipSpace();
        const character = text[at];
        if (character === undefined) return breaksOff(start, "the text ends inside of a tag");
        if (character === ">") break;
        slash = character === "/";
        if (slash || "=\"'<".includes(character)) {
          if (!slash) warn(at, `a ${character} is out of place in a tag`);
          at++;
          continue;
        }
        const found = attribute();
        if (found === undefined) return undefined;
        if (attributes.some((other) => other.name === found.name)) {
          warn(found.start, `the attribute ${JSON.stringify(found.name)} is repeated; the last one counts`);
        }
        attributes.push(found);
      }
      const tagEnd = ++at;
      return { name, attributes, start, tagEnd, selfClosed: slash, contentEnd: tagEnd, end: tagEnd };
    },

    skipMarkup(): boolean {
      const [opening, closing, name] = SKIPPED.find(([start]) => text.startsWith(start, at)) ?? [];
      if (opening !== undefined && closing !== undefined) {
        const end = text.indexOf(closing, at + opening.length);
        if (end < 0) breaksOff(at, `a ${name} is not closed`);
        else at = end + closing.length;
        return true;
      }
      if (!text.startsWith("<!", at)) return false;
      warn(at, "a DOCTYPE is skipped, and nothing in it is read");
      const end = endOfDoctype(text, at);
      if (end < 0) breaksOff(at, "a DOCTYPE is not closed");
      else at = end;
      return true;
    },
  };
}
