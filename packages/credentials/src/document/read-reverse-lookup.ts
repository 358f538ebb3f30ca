import { secret } from "@handlekit/core";
import type { ReverseLookup } from "../credentials.ts";
import type { Layer } from "../layer/layer.ts";
import type { TextField } from "../layer/read-fields.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { readPath } from "./read-path.ts";
import { readUrl } from "./read-server.ts";

const FIELDS = [
  "reverselookup_baseuri",
  "reverselookup_url_extension",
  "reverselookup_username",
  "reverselookup_password",
] as const;

/** Where to search and as whom, and which fields of the login that takes. */
export interface ReverseLookupChoice {
  readonly lookup?: ReverseLookup | undefined;
  readonly borrowed: readonly TextField[];
}

/**
 * The search servlet: user, password and URL are each the `reverselookup_` one, else that of the handle server. When the
 * login is from another layer, it is taken whole or not at all.
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
  if (
    borrowed.includes("password") &&
    baseUrl &&
    server &&
    new URL(baseUrl).origin !== new URL(server).origin
  ) {
    own.reporter.warn(
      'searching sends the password of the handle server to another server, that of "reverselookup_baseuri"',
      "reverselookup_baseuri",
    );
  }
  const given = FIELDS.some((name) => own.fields[name] !== undefined);
  const possible = baseUrl !== undefined && username !== undefined && secretText !== undefined;
  if (!given && !possible) return { borrowed: [] };
  const lookup = omitUndefined({
    baseUrl,
    urlExtension: readPath(own, "reverselookup_url_extension"),
    username,
    password: secretText === undefined ? undefined : secret(secretText),
  });
  return { lookup, borrowed };
}
