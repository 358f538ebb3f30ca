import { StringDecoder } from "node:string_decoder";

/**
 * Creates a reader that joins chunks of bytes into whole lines.
 *
 * @param {(line: string, number: number, ended: boolean) => void} onLine the line without its line feed, its
 *   number from 1, and whether a line feed ended it (the last line of a stream may have none)
 */
export function createLineReader(onLine) {
  const decoder = new StringDecoder("utf8");
  let number = 0;
  let rest = "";
  /** @param {string} text */
  const take = (text) => {
    const lines = text.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line, ++number, true);
  };
  return {
    /** @param {Uint8Array} chunk */
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== "") onLine(rest, ++number, false);
      rest = "";
    },
  };
}
