import type { Layer } from "../layer/layer.ts";

/**
 * The path that a field holds, to go between a server and a handle.
 *
 * @returns the path without slashes at its ends; undefined when the field is absent
 * @throws HandleError `invalid_credentials` when it is no path
 */
export function readPath(
  { fields, reporter }: Layer,
  field: "REST_API_url_extension" | "reverselookup_url_extension",
): string | undefined {
  const text = fields[field];
  if (text === undefined) return undefined;
  const path = text.replace(/^\/+|\/+$/g, "");
  if (!/^[\w.~!$&'()*+,;=@%/-]+$/.test(path) || /(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) {
    throw reporter.fail(
      `"${reporter.name(field)}" is not the path of an API`,
      field,
      'For example "/api/handles/": no address before it, and no "?" or "#".',
    );
  }
  return path;
}
