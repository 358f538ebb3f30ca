import { formatReference, parseReference, type Secret, secret, type ValueReference } from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import type { ClientCredentials, ClientOptions, SearchOptions } from "../types.ts";
import { CredentialsFormatError } from "./exceptions.ts";
import { checkHandleSyntaxWithIndex } from "./utilhandle.ts";

/** What an `EUDATHandleClient` can be told; each wins over the same key of the credentials. */
export interface EUDATHandleClientConfig {
  /** Who writes, `index:prefix/suffix`; with `password`. */
  readonly username?: string | undefined;
  readonly password?: string | Secret | undefined;
  /** Whom the HS_ADMIN of a new handle names, `index:prefix/suffix`. Default `200:0.NA/<prefix>`. */
  readonly handleowner?: string | undefined;
  /** Whether the server's certificate is verified, or the CA certificates, PEM, to verify it with. Default true. */
  readonly httpsVerify?: boolean | { readonly ca: string } | undefined;
  /** Where the API is below the server. Default "/api/handles/". */
  readonly restApiUrlExtension?: string | undefined;
  /** What the owner may do, twelve binary digits. Default "011111110011". */
  readonly hsAdminPermissions?: string | undefined;
  /** Allows `modifyHandleValue` to change HS_ADMIN. Default false. */
  readonly modifyHsAdmin?: boolean | undefined;
  /** The `chooseby` of a new `10320/loc`. Default none. */
  readonly locChooseby?: string | undefined;
  /** What may be searched for; an empty list allows every key. Default `["URL", "CHECKSUM"]`. */
  readonly allowedSearchKeys?: readonly string[] | undefined;
  /** Default the handle server. */
  readonly reverselookupBaseuri?: string | undefined;
  /** Default "/hrls/handles/". */
  readonly reverselookupUrlExtension?: string | undefined;
  /** Default `username`. */
  readonly reverselookupUsername?: string | undefined;
  /** Default `password`. */
  readonly reverselookupPassword?: string | Secret | undefined;
  /** Instead of one made for this client; not closed with it. */
  readonly transport?: Transport | undefined;
}

/** A configuration as `createClient` takes it, and what this library needs of it itself. */
export interface ClientSetup {
  readonly credentials: ClientCredentials;
  readonly options: ClientOptions;
  /** Who logs in with a password. */
  readonly user: ValueReference | undefined;
  /** Who logs in, for messages. */
  readonly username: string | undefined;
  readonly owner: ValueReference | undefined;
  readonly permissions: string;
  readonly modifyAdmin: boolean;
  readonly chooseby: string | undefined;
}

const DEFAULT_PERMISSIONS = "011111110011";
const DEFAULT_SEARCH_KEYS: readonly string[] = ["URL", "CHECKSUM"];

type WithoutUndefined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function omitUndefined<T extends object>(object: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<T>;
}

function readUser(text: string): ValueReference {
  checkHandleSyntaxWithIndex(text);
  return parseReference(text);
}

function readLogin(
  { username, password }: EUDATHandleClientConfig,
  login: ClientCredentials["login"],
): ClientCredentials["login"] {
  if (username === undefined && password === undefined) return login;
  const known = login?.kind === "password" ? login : undefined;
  const identity = username === undefined ? known?.identity : readUser(username);
  const key = typeof password === "string" ? secret(password) : (password ?? known?.password);
  if (identity === undefined || key === undefined) {
    const [given, missing] = username === undefined ? ["password", "username"] : ["username", "password"];
    throw new CredentialsFormatError(`There is a ${given}, but no ${missing}.`);
  }
  return { kind: "password", identity, password: key };
}

function readSearch(
  config: EUDATHandleClientConfig,
  { server, reverseLookup = {} }: ClientCredentials,
  login: ClientCredentials["login"],
): SearchOptions {
  const baseUrl = config.reverselookupBaseuri ?? reverseLookup.baseUrl ?? server;
  // Without an address the client would take that of the public resolver, which must not see a password.
  if (baseUrl === undefined) return {};
  const user = login?.kind === "password" ? login : undefined;
  const password = config.reverselookupPassword ?? reverseLookup.password ?? user?.password;
  return omitUndefined({
    baseUrl,
    urlExtension: config.reverselookupUrlExtension ?? reverseLookup.urlExtension,
    username:
      config.reverselookupUsername ?? reverseLookup.username ?? (user && formatReference(user.identity)),
    password: typeof password === "string" ? secret(password) : password,
  });
}

/**
 * Brings a configuration of B2HANDLE's into the form of `createClient`.
 *
 * @throws HandleSyntaxError, CredentialsFormatError; TypeError for a login without a server
 */
export function readConfig(
  server: string | ClientCredentials | null | undefined,
  config: EUDATHandleClientConfig,
): ClientSetup {
  const given: ClientCredentials = typeof server === "string" ? { server } : (server ?? {});
  const { clientConfig = {} } = given;
  const login = readLogin(config, given.login);
  if (login !== undefined && given.server === undefined) {
    throw new TypeError(
      "There is a login but no handle server to send it to; hdl.handle.net is for reading only.",
    );
  }
  const owner = config.handleowner === undefined ? given.handleOwner : readUser(config.handleowner);
  const permissions = config.hsAdminPermissions ?? clientConfig.adminPermissions ?? DEFAULT_PERMISSIONS;
  const modifyAdmin = config.modifyHsAdmin ?? clientConfig.modifyAdmin ?? false;
  const chooseby = config.locChooseby ?? clientConfig.locChooseBy;
  const user = login?.kind === "password" ? login.identity : undefined;
  return {
    credentials: omitUndefined({
      server: given.server,
      login,
      httpsVerify: config.httpsVerify ?? given.httpsVerify,
    }),
    options: omitUndefined({
      owner,
      permissions,
      modifyAdmin,
      locChooseBy: chooseby,
      restApiUrlExtension: config.restApiUrlExtension ?? clientConfig.restApiUrlExtension,
      allowedSearchKeys: config.allowedSearchKeys ?? clientConfig.allowedSearchKeys ?? DEFAULT_SEARCH_KEYS,
      search: readSearch(config, given, login),
      transport: config.transport,
    }),
    user,
    username: login?.identity && formatReference(login.identity),
    owner,
    permissions,
    modifyAdmin,
    chooseby,
  };
}
