import { HandleError } from "../error.ts";

/** A line of a batch with its number, from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The error for something wrong in a line. It quotes nothing of the line, which may be a password. */
export function refuseLine({ number }: Line, what: string, hint?: string): HandleError {
  return new HandleError("invalid_value", { message: `Line ${number} of the batch: ${what}.`, hint });
}
