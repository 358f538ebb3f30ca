import { writeSync } from "node:fs";

/** Writes bytes. Returns how many were written, and throws if none could be. */
type WriteBytes = (bytes: Uint8Array) => number;

/** Writes lines. A log may have it as its destination. */
export interface LineWriter {
  write(line: string): void;
  /** The lines that could not be written so far. */
  readonly lost: number;
}

/**
 * Creates a writer of lines to a file descriptor, which never throws. A line that cannot be written, because the
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
): LineWriter {
  let lost = 0;
  /** Those that the log has not named yet. */
  let unnamed = 0;
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

  const lose = () => {
    lost++;
    unnamed++;
  };
  return {
    write(line) {
      if (unnamed > 0) {
        const time = now().toISOString();
        const message = "lines of the log could not be written and are lost";
        const notice = { level: "warn", time, lines: unnamed, message };
        if (!writeAll(`${JSON.stringify(notice)}\n`)) return lose();
        unnamed = 0;
      }
      if (!writeAll(line)) lose();
    },
    get lost() {
      return lost;
    },
  };
}
