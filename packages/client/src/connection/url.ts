import { invalidOptions, quoteForMessage } from "@handlekit/core";

/** Returns a path without the slashes at its ends. */
export function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/**
 * Returns a server's address without the slash at its end.
 *
 * @throws HandleError `invalid_options` if it is not an http or https URL
 */
export function readServer(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidOptions(
      `The server address ${quoteForMessage(text)} is not a URL.`,
      "For example https://handle.example.org:8000.",
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalidOptions(`The server address ${quoteForMessage(text)} is not http or https.`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/**
 * Returns the address of a server without the path of the API, which documentation of services often includes and which
 * is added to each request.
 *
 * @throws HandleError `invalid_options` if something follows that path
 */
export function withoutApiPath(server: string): string {
  const [, before = server, after = ""] = /^(.*?)\/+api\/+handles(\/.*)?$/i.exec(server) ?? [];
  if (after === "") return before;
  throw invalidOptions(
    `The server address ${quoteForMessage(server)} contains /api/handles and what follows it.`,
    `Write ${before}: the path of the API and the handle are added to each request.`,
  );
}

/**
 * Returns the address of a record. Everything that has a meaning in URLs is percent-encoded, except slashes; these are
 * encoded, too, if a part is `.` or `..`, which URL parsers would resolve.
 *
 * @param base the address of the API, ending in a slash
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
