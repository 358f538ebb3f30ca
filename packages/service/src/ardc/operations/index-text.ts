import { MAX_INDEX } from "@handlekit/core";
import { type Failure, fail } from "../answer.ts";

/** An index as Java reads an int, signs and leading zeros included; undefined when it is none. */
export function readIndex(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= -MAX_INDEX - 1 && number <= MAX_INDEX ? number : undefined;
}

/** The refusal of a type other than URL and DESC. */
export function typeNotSupported(type: string): Failure {
  return fail(`The handle type: ${type} is not supported by this service`);
}
