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
