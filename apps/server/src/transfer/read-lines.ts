import { decodeUtf8, HandleError, invalidValue } from "@handlekit/core";

/** The longest line of an input, in bytes: that of the export format, if every character had one byte. */
export const MAX_LINE_BYTES = 64 * 2 ** 20;

const LINE_FEED = 10;

/**
 * Splits bytes into lines, at line feeds alone: a record may contain other characters that end lines elsewhere.
 *
 * @throws HandleError `too_large` for a line that is too long, which is never kept whole; `invalid_value` for one that is
 *   not UTF-8
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<string> {
  let number = 0;
  let pieces: Uint8Array[] = [];
  let length = 0;
  const add = (piece: Uint8Array) => {
    length += piece.length;
    if (length > maxBytes) {
      throw new HandleError("too_large", {
        message: `Line ${number + 1} of the input is longer than ${maxBytes} bytes.`,
        hint: "Check that the file is what it should be.",
      });
    }
    pieces.push(piece);
  };
  const finish = (): string => {
    number++;
    const [first] = pieces;
    const text = decodeUtf8(pieces.length === 1 && first ? first : Buffer.concat(pieces));
    pieces = [];
    length = 0;
    if (text === undefined) {
      throw invalidValue(`Line ${number} of the input is not UTF-8.`, "Check the encoding of the file.");
    }
    return text;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield finish();
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield finish();
}
