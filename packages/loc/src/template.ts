const encoder = new TextEncoder();
const hex = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** Percent-encodes the UTF-8 bytes of every character that `kept` does not match. */
function encodeExcept(text: string, kept: RegExp): string {
  return Array.from(text, (one) =>
    kept.test(one) ? one : Array.from(encoder.encode(one), hex).join(""),
  ).join("");
}

/**
 * The URL that an `href_template` stands for: each `{hdl}` becomes the handle with every reserved character
 * percent-encoded, each `{hdl:path}` the handle as it can stand in a path; other braces stay.
 *
 * @param handle as it was asked for
 * @example
 * ```ts
 * expandTemplate("https://example.org/?id={hdl}", "20.500.12345/abc"); // "https://example.org/?id=20.500.12345%2Fabc"
 * ```
 */
export function expandTemplate(template: string, handle: string): string {
  return template.replace(/\{hdl(:path)?\}/g, (_, path: string | undefined) =>
    encodeExcept(handle, path === undefined ? /^[A-Za-z0-9\-_.*]$/ : /^[A-Za-z0-9\-_.*/:@!(),;=$~]$/),
  );
}
