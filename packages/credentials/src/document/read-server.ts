import type { Layer } from "../layer/layer.ts";

const SERVER_FIELDS = ["handle_server_url", "baseuri"] as const;

/**
 * The URL that a field holds.
 *
 * @returns an absolute URL without a slash at its end; undefined when the field is absent
 * @throws HandleError `invalid_credentials` when it is no absolute URL, or holds more than an address
 */
export function readUrl(
  { fields, reporter }: Layer,
  field: (typeof SERVER_FIELDS)[number] | "reverselookup_baseuri",
): string | undefined {
  const text = fields[field];
  if (text === undefined) return undefined;
  const url = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) {
    throw reporter.fail(
      `"${reporter.name(field)}" is not an absolute http or https URL`,
      field,
      "For example https://handle.example.org:8000.",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw reporter.fail(
      `"${reporter.name(field)}" must hold the server's address alone, without a user, a password, "?" or "#"`,
      field,
      `A login is given with "${reporter.name("username")}" and "${reporter.name("password")}".`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/**
 * The server that `handle_server_url` or `baseuri` names.
 *
 * @throws HandleError `invalid_credentials` when it is not an absolute URL or the two fields differ
 */
export function readServer(layer: Layer): string | undefined {
  const [server, other] = SERVER_FIELDS.map((field) => readUrl(layer, field)).filter(
    (url) => url !== undefined,
  );
  if (other !== undefined && other !== server) {
    throw layer.reporter.fail(
      '"handle_server_url" and "baseuri" name different servers',
      "baseuri",
      "Leave one of them out.",
    );
  }
  return server;
}
