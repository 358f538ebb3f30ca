import { decodeUtf8 } from "../bytes.ts";
import type { HandleError } from "../error.ts";
import { MAX_INDEX } from "../reference.ts";
import type { Secret } from "../secret.ts";
import { misfit } from "./text.ts";

/** Makes the error for something that a batch cannot hold. */
export type Refuse = (what: string, hint?: string) => HandleError;

/**
 * A text as it is, when it can be read again from where it is written.
 *
 * @param what names the text, never its content
 * @param excluded a character that would end it there
 */
export function holdText(text: string, what: string, refuse: Refuse, excluded?: string): string {
  const reason = misfit(text, excluded);
  if (reason !== undefined) throw refuse(`${what} ${reason}`);
  return text;
}

/** The digits of a whole number from `minimum` to `maximum`. */
export function holdNumber(
  number: number,
  what: string,
  refuse: Refuse,
  minimum = 0,
  maximum: number = MAX_INDEX,
): string {
  if (!Number.isInteger(number) || number < minimum || number > maximum) {
    throw refuse(`${what} is not a whole number from ${minimum} to ${maximum}`);
  }
  return `${number}`;
}

/** The text of a password. */
export function holdPassword(password: Secret, refuse: Refuse): string {
  return holdText(secretText(password, "the password", refuse), "the password", refuse);
}

/** The text of a passphrase, which may be empty. */
export function holdPassphrase(passphrase: Secret, refuse: Refuse): string {
  const text = secretText(passphrase, "the passphrase", refuse);
  return text === "" ? "" : holdText(text, "the passphrase", refuse);
}

function secretText(secret: Secret, what: string, refuse: Refuse): string {
  const text = decodeUtf8(secret.reveal());
  if (text === undefined) throw refuse(`${what} is not UTF-8 text`);
  return text;
}
