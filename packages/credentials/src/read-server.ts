import type { Reporter } from "./problem.ts";
import type { Fields } from "./read-fields.ts";

const SERVER_FIELDS = ["handle_server_url", "baseuri"] as const;

function readUrl(text: string, field: string, reporter: Reporter): string {
  const url = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) {
    throw reporter.fail(
      `"${field}" is not an absolute http or https URL`,
      field,
      "For example https://handle.example.org:8000.",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw reporter.fail(
      `"${field}" must hold the server's address alone, without a user, a password, "?" or "#"`,
      field,
      'A login is given with "username" and "password".',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/**
 * The server that `handle_server_url` or `baseuri` names.
 *
 * @throws HandleError `invalid_credentials` when it is not an absolute URL or the two fields differ
 */
export function readServer(fields: Fields, reporter: Reporter): string | undefined {
  const [server, other] = SERVER_FIELDS.flatMap((field) => {
    const text = fields[field];
    return text === undefined ? [] : [readUrl(text, field, reporter)];
  });
  if (other !== undefined && other !== server) {
    throw reporter.fail(
      '"handle_server_url" and "baseuri" name different servers',
      "baseuri",
      "Leave one of them out.",
    );
  }
  return server;
}
