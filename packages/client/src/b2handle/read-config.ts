import {
  checkArgument,
  formatReference,
  invalidOptions,
  parseReference,
  type Secret,
  secret,
  type ValueReference,
} from "@handlekit/core";
import type { Transport, TransportOptions } from "@handlekit/transport";
import { FLAG, LIST, OBJECT, type OptionRules, TEXT } from "../check-call.ts";
import type { SearchServlet } from "../reading/search-servlet.ts";
import { type ClientCredentials, type ClientOptions, checkCredentials } from "../settings.ts";
import { readOptions } from "./arguments.ts";
import { CredentialsFormatError } from "./exceptions.ts";
import { checkHandleSyntaxWithIndex } from "./utilhandle.ts";

/** The configuration of an `EUDATHandleClient`. Each member takes precedence over the same key of the credentials. */
export interface EUDATHandleClientConfig {
  /** The user who writes, `index:prefix/suffix`; with `password`. */
  readonly username?: string | undefined;
  readonly password?: string | Secret | undefined;
  /** The owner of new handles, whom their HS_ADMIN names, `index:prefix/suffix`. Default `200:0.NA/<prefix>`. */
  readonly handleowner?: string | undefined;
  /** Whether to verify the server's certificate, or the CA certificates, PEM, to verify it with. Default true. */
  readonly httpsVerify?: boolean | { readonly ca: string } | undefined;
  /** The path of the API below the server. Default "/api/handles/". */
  readonly restApiUrlExtension?: string | undefined;
  /** The permissions of the owner, twelve binary digits. Default "011111110011". */
  readonly hsAdminPermissions?: string | undefined;
  /** Allows `modifyHandleValue` to change HS_ADMIN. Default false. */
  readonly modifyHsAdmin?: boolean | undefined;
  /** The `chooseby` of a new `10320/loc`. Default none. */
  readonly locChooseby?: string | undefined;
  /** The types that may be searched; an empty list allows every type. Default `["URL", "CHECKSUM"]`. */
  readonly allowedSearchKeys?: readonly string[] | undefined;
  /** Default the handle server. */
  readonly reverselookupBaseuri?: string | undefined;
  /** Default "/hrls/handles/". */
  readonly reverselookupUrlExtension?: string | undefined;
  /** Default `username`. */
  readonly reverselookupUsername?: string | undefined;
  /** Default `password`. */
  readonly reverselookupPassword?: string | Secret | undefined;
  /** A transport, which the client does not close, or the options of one that it creates and closes. */
  readonly transport?: Transport | TransportOptions | undefined;
}

/** A configuration in the form of `createClient`. */
export interface ClientSetup {
  readonly credentials: ClientCredentials;
  readonly options: ClientOptions;
  /** The user of a login with a password. */
  readonly user: ValueReference | undefined;
  /** The user of any login, for messages. */
  readonly username: string | undefined;
}

const DEFAULT_SEARCH_KEYS: readonly string[] = ["URL", "CHECKSUM"];
const CONFIG_RULES: OptionRules = {
  username: TEXT,
  password: ["string", "object", "undefined"],
  handleowner: TEXT,
  httpsVerify: ["boolean", "object", "undefined"],
  restApiUrlExtension: TEXT,
  hsAdminPermissions: TEXT,
  modifyHsAdmin: FLAG,
  locChooseby: TEXT,
  allowedSearchKeys: LIST,
  reverselookupBaseuri: TEXT,
  reverselookupUrlExtension: TEXT,
  reverselookupUsername: TEXT,
  reverselookupPassword: ["string", "object", "undefined"],
  transport: OBJECT,
};

/** @throws HandleError `invalid_options` */
function checkServer(server: string | ClientCredentials | null | undefined): ClientCredentials {
  checkArgument("EUDATHandleClient", "server", server ?? undefined, ["string", "object", "undefined"]);
  if (typeof server === "string") return { server };
  const given = server ?? {};
  if ("credentials" in given) {
    throw invalidOptions(
      "EUDATHandleClient: server is a PIDClientCredentials.",
      "Give it to EUDATHandleClient.instantiateWithCredentials.",
    );
  }
  checkCredentials("EUDATHandleClient", given);
  return given;
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
): SearchServlet {
  const baseUrl = config.reverselookupBaseuri ?? reverseLookup.baseUrl ?? server;
  // Without an address, the client would send the password to the public resolver.
  if (baseUrl === undefined) return {};
  const user = login?.kind === "password" ? login : undefined;
  return {
    baseUrl,
    urlExtension: config.reverselookupUrlExtension ?? reverseLookup.urlExtension,
    username:
      config.reverselookupUsername ?? reverseLookup.username ?? (user && formatReference(user.identity)),
    password: config.reverselookupPassword ?? reverseLookup.password ?? user?.password,
  };
}

/**
 * Converts a configuration of B2HANDLE into the form of `createClient`.
 *
 * @throws HandleSyntaxError, CredentialsFormatError; HandleError `invalid_options` for an argument of the wrong kind;
 *   TypeError for a login without a server
 */
export function readConfig(
  server: string | ClientCredentials | null | undefined,
  given: EUDATHandleClientConfig,
): ClientSetup {
  const credentials = checkServer(server);
  const config: EUDATHandleClientConfig = readOptions("EUDATHandleClient", given, CONFIG_RULES);
  const { clientConfig = {} } = credentials;
  const login = readLogin(config, credentials.login);
  if (login !== undefined && credentials.server === undefined) {
    throw new TypeError(
      "There is a login but no handle server to send it to; hdl.handle.net is for reading only.",
      { cause: invalidOptions("EUDATHandleClient: server is missing.") },
    );
  }
  return {
    credentials: {
      server: credentials.server,
      login,
      httpsVerify: config.httpsVerify ?? credentials.httpsVerify,
      trust: config.httpsVerify === undefined ? credentials.trust : undefined,
      handleOwner: credentials.handleOwner,
      clientConfig,
    },
    options: {
      owner: config.handleowner === undefined ? undefined : readUser(config.handleowner),
      permissions: config.hsAdminPermissions,
      modifyAdmin: config.modifyHsAdmin,
      locChooseBy: config.locChooseby,
      restApiUrlExtension: config.restApiUrlExtension,
      allowedSearchKeys: config.allowedSearchKeys ?? clientConfig.allowedSearchKeys ?? DEFAULT_SEARCH_KEYS,
      search: readSearch(config, credentials, login),
      transport: config.transport,
    },
    user: login?.kind === "password" ? login.identity : undefined,
    username: login?.identity && formatReference(login.identity),
  };
}
