import { HandleError, parseHandle, quoteForMessage } from "@handlekit/core";

/**
 * Checks that a text is a prefix, and returns it.
 *
 * @throws HandleError `invalid_handle` for any other text
 */
export function readPrefix(text: string): string {
  // A text with a slash is not a prefix, and parseHandle would cut it.
  if (!text.includes("/") && parseHandle(`${text}/`).prefix === text) return text;
  throw new HandleError("invalid_handle", {
    message: `${quoteForMessage(text)} is not a prefix.`,
    hint: "A prefix has no slash, for example 20.500.12345.",
  });
}
