import type { NewValue } from "@handlekit/client";
import { HandleError, MAX_INDEX } from "@handlekit/core";

/**
 * Reads `TYPE=DATA` or `INDEX:TYPE=DATA`; the data are taken as they are, up to the end.
 *
 * @throws HandleError `invalid_value`; the data are not shown
 */
export function parseValueArgument(text: string): NewValue {
  const match = /^(?:(\d+):)?([^=]+)=(.*)$/s.exec(text);
  const [, digits, type, data] = match ?? [];
  if (type === undefined || data === undefined) {
    throw new HandleError("invalid_value", {
      message: "A value argument is not of the form TYPE=DATA.",
      hint: "For example URL=https://example.org/ or, to choose the index, 3:EMAIL=someone@example.org.",
    });
  }
  if (digits === undefined) return { type, data };
  const index = Number(digits);
  if (index < 1 || index > MAX_INDEX) {
    throw new HandleError("invalid_value", { message: `The index ${digits} is not from 1 to ${MAX_INDEX}.` });
  }
  return { index, type, data };
}
