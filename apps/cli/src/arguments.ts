import type { NewValue } from "@handlekit/client";
import { invalidValue, MAX_INDEX } from "@handlekit/core";
import { InvalidArgumentError } from "commander";

/**
 * Reads a whole number of up to ten digits.
 *
 * @throws InvalidArgumentError of commander, which names the argument or option
 */
export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** Returns a function that reads each occurrence of a repeatable option and appends it to those before. */
export function collect<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}

/**
 * Reads `TYPE=DATA` or `INDEX:TYPE=DATA`. The data are everything after the first `=`.
 *
 * @throws HandleError `invalid_value`, which never shows the data
 */
export function parseValueArgument(text: string): NewValue {
  const match = /^(?:(\d+):)?([^=]+)=(.*)$/s.exec(text);
  const [, digits, type, data] = match ?? [];
  if (type === undefined || data === undefined) {
    throw invalidValue(
      "A value on the command line is not of the form TYPE=DATA.",
      "For example URL=https://example.org/ or, to choose the index, 3:EMAIL=someone@example.org.",
    );
  }
  if (digits === undefined) return { type, data };
  const index = Number(digits);
  if (index < 1 || index > MAX_INDEX) {
    throw invalidValue(`The index ${digits} is not from 1 to ${MAX_INDEX}.`);
  }
  return { index, type, data };
}
