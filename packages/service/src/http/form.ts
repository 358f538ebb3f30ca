const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const bytesOf = (encoded: string): Uint8Array =>
  Uint8Array.from(encoded.slice(1).split("%"), (digits) => Number.parseInt(digits, 16));

/** Decodes what is percent-encoded, and keeps the rest: a plus stays a plus. */
export function decodePercent(text: string): string {
  return text.includes("%")
    ? text.replace(/(?:%[0-9a-fA-F]{2})+/g, (encoded) => decoder.decode(bytesOf(encoded)))
    : text;
}

const decodeField = (text: string): string => decodePercent(text.replaceAll("+", " "));

/**
 * Parses `application/x-www-form-urlencoded` as `new URLSearchParams(text)` does. That joins the parts of a text one by
 * one, and takes a hundred milliseconds for a million blanks.
 */
export function parseForm(text: string): URLSearchParams {
  const fields = text.split("&").filter((field) => field !== "");
  return new URLSearchParams(
    fields.map((field) => {
      const equals = field.indexOf("=");
      return equals < 0
        ? [decodeField(field), ""]
        : [decodeField(field.slice(0, equals)), decodeField(field.slice(equals + 1))];
    }),
  );
}
