import { HandleError, MAX_INDEX, quoteForMessage } from "@handlekit/core";

const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * A value as it is; what the service refuses or could store but never give back is refused here.
 *
 * @throws HandleError `invalid_value`
 */
export function checkValue(value: string): string {
  if (value.trim() === "")
    throw new HandleError("invalid_value", { message: "The value is empty or blank." });
  const found = FORBIDDEN.exec(value);
  if (!found) return value;
  const position = Array.from(value.slice(0, found.index)).length + 1;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  throw new HandleError("invalid_value", {
    message: `Character ${position} of the value is U+${code}, which the service cannot give back.`,
    hint: "Leave control characters out.",
  });
}

/** @throws HandleError `invalid_value` for what is no index at all; which ones are reserved, the service says */
export function checkIndex(index: number): string {
  if (Number.isInteger(index) && index >= 0 && index <= MAX_INDEX) return String(index);
  throw new HandleError("invalid_value", {
    message: `The index ${index} is not a whole number from 0 to ${MAX_INDEX}.`,
  });
}

/** The address of the services without a slash at its end. @throws HandleError `invalid_options` */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const http = url?.protocol === "https:" || url?.protocol === "http:";
  if (!url || !http || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new HandleError("invalid_options", {
      // A user name in it may come with a password.
      message: `The address of the service${text.includes("@") ? "" : `, ${quoteForMessage(text)},`} is not a plain https URL.`,
      hint: "For example https://demo.identifiers.ardc.edu.au/pids.",
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
