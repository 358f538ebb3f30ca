import { decodeUtf8 } from "../bytes.ts";
import type { HandleError } from "../error.ts";
import { MAX_INDEX } from "../reference.ts";
import type { Secret } from "../secret.ts";
import { reasonUnwritable } from "./text.ts";

/** Creates the error for something that cannot be written to a batch. */
export type Refuse = (what: string, hint?: string) => HandleError;

/**
 * Returns a text unchanged, if reading the batch again gives the same text.
 *
 * @param what the name of the text for error messages
 * @param excluded a character that would end the text at this place
 */
export function textField(text: string, what: string, refuse: Refuse, excluded?: string): string {
  const reason = reasonUnwritable(text, excluded);
  if (reason !== undefined) throw refuse(`${what} ${reason}`);
  return text;
}

/** Returns the digits of an integer from `min` to `max`. */
export function numberField(
  number: number,
  what: string,
  refuse: Refuse,
  min = 0,
  max: number = MAX_INDEX,
): string {
  if (!Number.isInteger(number) || number < min || number > max) {
    throw refuse(`${what} is not an integer from ${min} to ${max}`);
  }
  return `${number}`;
}

/** Returns the text of a password. */
export function passwordField(password: Secret, refuse: Refuse): string {
  return textField(secretText(password, "the password", refuse), "the password", refuse);
}

/** Returns the text of a passphrase, which may be empty. */
export function passphraseField(passphrase: Secret, refuse: Refuse): string {
  const text = secretText(passphrase, "the passphrase", refuse);
  return text === "" ? "" : textField(text, "the passphrase", refuse);
}

function secretText(secret: Secret, what: string, refuse: Refuse): string {
  if (typeof secret?.reveal !== "function")
    throw refuse(`${what} is not a Secret`, "Wrap it with secret(...).");
  const text = decodeUtf8(secret.reveal());
  if (text === undefined) throw refuse(`${what} is not UTF-8 text`);
  return text;
}
