import { type HandleError, invalidValue } from "../error.ts";

/** A line of a batch with its number, from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The error for a line that is wrong. Does not quote the line, which may be a password. */
export function refuseLine({ number }: Line, what: string, hint?: string): HandleError {
  return invalidValue(`Line ${number} of the batch: ${what}.`, hint);
}
