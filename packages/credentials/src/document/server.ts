import { parseUrl, secret } from "@handlekit/core";
import type { ReverseLookup } from "../credentials.ts";
import type { TextField } from "../layer/fields.ts";
import type { Layer } from "../layer/layer.ts";
import { omitUndefined } from "../report.ts";

const SERVER_FIELDS = ["handle_server_url", "baseuri"] as const;

/**
 * Returns the URL in a field, without a slash at its end; undefined when the field is absent.
 *
 * @throws HandleError `invalid_credentials` when it is not an absolute URL, or more than an address
 */
export function readUrl(
  { fields, reporter }: Layer,
  field: (typeof SERVER_FIELDS)[number] | "reverselookup_baseuri",
): string | undefined {
  const text = fields[field];
  if (text === undefined) return undefined;
  const url = /^https?:\/\/[^/]/i.test(text) ? parseUrl(text) : undefined;
  if (!url) {
    throw reporter.fail(
      `"${reporter.name(field)}" is not an absolute http or https URL`,
      field,
      "For example https://handle.example.org:8000.",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw reporter.fail(
      `"${reporter.name(field)}" must be the address of the server only, without a user, a password, "?" or "#"`,
      field,
      `The fields of a login are "${reporter.name("username")}" and "${reporter.name("password")}".`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/**
 * Returns the server of `handle_server_url` or `baseuri`.
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
      "Remove one of them.",
    );
  }
  return server;
}

/**
 * Returns the API path in a field, without slashes at its ends; undefined when the field is absent.
 *
 * @throws HandleError `invalid_credentials` when it is not a path
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
      'For example "/api/handles/": without an address before it, and without "?" or "#".',
    );
  }
  return path;
}

const LOOKUP_FIELDS = [
  "reverselookup_baseuri",
  "reverselookup_url_extension",
  "reverselookup_username",
  "reverselookup_password",
] as const;

/** The server, user and password for searching, and the fields of the login that they use. */
export interface ReverseLookupChoice {
  readonly lookup: ReverseLookup | undefined;
  readonly borrowed: readonly TextField[];
}

/**
 * Returns the search servlet: user, password and URL are each the `reverselookup_` one, else the one of the handle
 * server. When the login is from another layer, either both its user and password are used or neither.
 *
 * @param own the layer with the `reverselookup_` fields
 * @param login the layer with the login
 * @param server the handle server
 * @throws HandleError `invalid_credentials` when `reverselookup_baseuri` or `reverselookup_url_extension` is wrong
 */
export function readReverseLookup(own: Layer, login: Layer, server: string | undefined): ReverseLookupChoice {
  const { reverselookup_username: user, reverselookup_password: password } = own.fields;
  const mayBorrow = own === login || (user === undefined && password === undefined);
  const borrowed = (["username", "password"] as const).filter(
    (name) =>
      mayBorrow && login.fields[name] !== undefined && own.fields[`reverselookup_${name}`] === undefined,
  );
  const lent = (name: "username" | "password") => (borrowed.includes(name) ? login.fields[name] : undefined);
  if ((user === undefined) !== (password === undefined)) {
    const [given, missing] = user === undefined ? ["password", "username"] : ["username", "password"];
    own.reporter.warn(
      `"reverselookup_${given}" is given, but "reverselookup_${missing}" is missing${
        borrowed.length > 0 ? `: "${missing}" is used to search` : ", and searching needs both"
      }`,
      `reverselookup_${given}`,
    );
  }
  const baseUrl = readUrl(own, "reverselookup_baseuri") ?? server;
  const username = user ?? lent("username");
  const secretText = password ?? lent("password");
  const elsewhere = baseUrl && server && new URL(baseUrl).origin !== new URL(server).origin;
  if (elsewhere && borrowed.includes("password")) {
    own.reporter.warn(
      'searching sends the password of the handle server to another server, that of "reverselookup_baseuri"',
      "reverselookup_baseuri",
    );
  }
  const given = LOOKUP_FIELDS.some((name) => own.fields[name] !== undefined);
  const possible = baseUrl !== undefined && username !== undefined && secretText !== undefined;
  if (!given && !possible) return { lookup: undefined, borrowed: [] };
  const lookup = omitUndefined({
    baseUrl,
    urlExtension: readPath(own, "reverselookup_url_extension"),
    username,
    password: secretText === undefined ? undefined : secret(secretText),
  });
  return { lookup, borrowed };
}
