import { writeSync } from "node:fs";

/** Writes bytes. Returns how many were written, and throws if none could be. */
type WriteBytes = (bytes: Uint8Array) => number;

/**
 * Creates a function that writes lines to a file descriptor and never throws. A line that cannot be written, because the
 * disk is full, the reader of a pipe has ended or does not read, is lost; the next one that can be written is preceded by
 * a line with the number of those lost. It does not use `process.stderr`, which ends the process on a closed pipe, and
 * keeps all later lines in memory after an error of a file.
 *
 * @param write for tests. Default `writeSync` on the descriptor
 */
export function createLineWriter(
  descriptor: number,
  write: WriteBytes = (bytes) => writeSync(descriptor, bytes),
  now: () => Date = () => new Date(),
): (line: string) => void {
  let lost = 0;
  let isBroken = false;

  /** Writes a text completely. Returns false if that failed. */
  const writeAll = (text: string): boolean => {
    let rest: Uint8Array = Buffer.from(isBroken ? `\n${text}` : text);
    try {
      while (rest.length > 0) {
        const written = write(rest);
        isBroken = true;
        rest = rest.subarray(written);
      }
      isBroken = false;
      return true;
    } catch {
      return false;
    }
  };

  return (line) => {
    if (lost > 0) {
      const time = now().toISOString();
      const message = "lines of the log could not be written and are lost";
      if (!writeAll(`${JSON.stringify({ time, level: "warn", message, lines: lost })}\n`)) return void lost++;
      lost = 0;
    }
    if (!writeAll(line)) lost++;
  };
}
