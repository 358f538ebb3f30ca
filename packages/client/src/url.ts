import { HandleError, quoteForMessage } from "@handlekit/core";

/** The server's address without a trailing slash. */
export function readServer(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new HandleError("invalid_options", {
      message: `The server address ${quoteForMessage(text)} is not a URL.`,
      hint: "For example https://handle.example.org:8000.",
    });
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new HandleError("invalid_options", {
      message: `The server address ${quoteForMessage(text)} is not http or https.`,
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/**
 * The address of a record. Everything a URL could misread is percent-encoded; slashes stay, but where a part is `.` or
 * `..`, which URL parsers would take as a step in the path, all slashes are encoded.
 *
 * @param base where the API begins, ending in a slash
 * @param handle a handle without a scheme
 * @param query parameters in order; a name may be repeated
 */
export function recordUrl(
  base: string,
  handle: string,
  query: readonly (readonly [name: string, value: string])[] = [],
): string {
  const encoded = encodeURIComponent(handle);
  const path = /%2F\.{1,2}(%2F|$)/.test(encoded) ? encoded : encoded.replace(/%2F/g, "/");
  if (query.length === 0) return `${base}${path}`;
  return `${base}${path}?${new URLSearchParams(query.map(([name, value]) => [name, value]))}`;
}
