import { createAuth } from "@handlekit/auth";
import {
  type AuthStrategy,
  type ClientConfig,
  checkArgument,
  checkOptions,
  invalidOptions,
  type Login,
  normalizeHandle,
  parseReference,
  permissionBits,
  type ReverseLookup,
  type ServerTrust,
  type ValueReference,
} from "@handlekit/core";
import { LOC_TYPE } from "@handlekit/loc";
import { createTransport, type Transport, type TransportOptions } from "@handlekit/transport";
import { checkItems, checkPlainObject, FLAG, LIST, OBJECT, TEXT } from "./check-call.ts";
import { readServer, trimSlashes, withoutApiPath } from "./connection/url.ts";
import { checkServlet, type SearchServlet } from "./reading/search-servlet.ts";
import { isLoc } from "./writing/location-values.ts";

/** The server and the login of a client: what `loadCredentials` resolves to, or any part of it. */
export interface ClientCredentials {
  /** Default https://hdl.handle.net, for reading without a login. */
  readonly server?: string | undefined;
  readonly login?: Login | undefined;
  /** Whether to verify the server's certificate, or the CA certificates, PEM, to verify it with. Default true. */
  readonly httpsVerify?: boolean | { readonly ca: string } | undefined;
  /** The server's own certificate, public key or fingerprint, to trust instead. */
  readonly trust?: ServerTrust | undefined;
  /** The owner of new handles, whom their HS_ADMIN names. */
  readonly handleOwner?: ValueReference | undefined;
  /** Defaults of the options. */
  readonly clientConfig?: ClientConfig | undefined;
  readonly reverseLookup?: ReverseLookup | undefined;
}

/** Options of `createClient`. An option takes precedence over the configuration in the credentials. */
export interface ClientOptions {
  /** A strategy of `@handlekit/auth`, or your own; the client does not close it. Default: from the login. */
  readonly strategy?: AuthStrategy | undefined;
  /**
   * A transport, which the client does not close, or the options of one that the client creates and closes. Their `ca`,
   * `trust`, `verify` and `fetch` take precedence over `httpsVerify` and `trust` of the credentials.
   */
  readonly transport?: Transport | TransportOptions | undefined;
  /** The owner of new handles, whom their HS_ADMIN names. Default `handleowner`, else `200:0.NA/<prefix>`. */
  readonly owner?: string | ValueReference | undefined;
  /**
   * The permissions of the owner, twelve binary digits, list handles first. Default `HS_ADMIN_permissions`, else
   * "011111110011".
   */
  readonly permissions?: string | undefined;
  /** Allows HS_ADMIN to be modified and deleted. Default `modify_HS_ADMIN`, else false. */
  readonly modifyAdmin?: boolean | undefined;
  /** The path of the API below the server. Default `REST_API_url_extension`, else "/api/handles/". */
  readonly restApiUrlExtension?: string | undefined;
  /** The `chooseby` of a new `10320/loc`. Default `10320LOC_chooseby`, else none. */
  readonly locChooseBy?: string | undefined;
  /** The type of a new `10320/loc` value, and of the one that is edited first. Default "10320/loc". */
  readonly locType?: "10320/loc" | "10320/LOC" | undefined;
  /** The only types that may be searched; an empty list allows all. Default `allowed_search_keys`, else all. */
  readonly allowedSearchKeys?: readonly string[] | undefined;
  /** The search servlet. Default the `reverselookup_*` keys. */
  readonly search?: SearchServlet | undefined;
}

/** Credentials and options with every default filled in. */
export interface ClientSettings {
  readonly server: string;
  /** The path below the server, with a slash at both ends. */
  readonly apiPath: string;
  readonly strategy: AuthStrategy | undefined;
  /** True if the client created the strategy, and closes it. */
  readonly ownsStrategy: boolean;
  readonly transport: Transport;
  /** True if the client created the transport, and closes it. */
  readonly ownsTransport: boolean;
  readonly owner: ValueReference | undefined;
  readonly permissions: string;
  readonly modifyAdmin: boolean;
  readonly locChooseBy: string | undefined;
  readonly locType: string;
  readonly allowedSearchKeys: readonly string[] | undefined;
  readonly search: SearchServlet;
}

/** The server that is asked if none is named: the public resolver, for reading. */
const PUBLIC_RESOLVER = "https://hdl.handle.net";
const API_PATH = "/api/handles/";
const DEFAULT_PERMISSIONS = "011111110011";
const CREATE = "createClient";
const LOAD_FIRST =
  'Load the file first: await loadCredentials("credentials.json"), with loadCredentials of @handlekit/credentials/file.';

/** Keys of a credentials file that loaded credentials do not have. */
const FILE_KEYS = ["handle_server_url", "baseuri", "username", "password", "private_key", "certificate_only"];
/** The kinds of the members that a client reads. */
const READ = {
  server: TEXT,
  login: OBJECT,
  httpsVerify: ["boolean", "object", "undefined"],
  trust: OBJECT,
  handleOwner: OBJECT,
  clientConfig: OBJECT,
  reverseLookup: OBJECT,
} as const;
const IGNORED = ["source", "prefix", "ardc", "config", "found", "warnings"];

/**
 * Checks credentials: without a member that a client reads, it would read from the public resolver without a login.
 *
 * @throws HandleError `invalid_options`
 */
export function checkCredentials(caller: string, credentials: ClientCredentials): void {
  if (typeof credentials === "string") {
    throw invalidOptions(`${caller}: credentials is a string; it must be an object.`, LOAD_FIRST);
  }
  checkArgument(caller, "credentials", credentials, ["object"]);
  checkPlainObject(caller, "credentials", credentials);
  const names = Object.keys(credentials);
  const fileKey = names.find((name) => FILE_KEYS.includes(name));
  if (fileKey !== undefined) {
    throw invalidOptions(
      `${caller}: credentials is the content of a credentials file, with the key ${fileKey}.`,
      LOAD_FIRST,
    );
  }
  if (names.length > 0 && !names.some((name) => name in READ || IGNORED.includes(name))) {
    throw invalidOptions(`${caller}: credentials has none of ${Object.keys(READ).join(", ")}.`, LOAD_FIRST);
  }
  for (const [name, kinds] of Object.entries(READ)) {
    checkArgument(caller, `${name} of the credentials`, credentials[name as keyof typeof READ], kinds);
  }
}

function checkClientOptions(options: ClientOptions): void {
  checkOptions(CREATE, options, {
    strategy: OBJECT,
    transport: OBJECT,
    owner: ["string", "object", "undefined"],
    permissions: TEXT,
    modifyAdmin: FLAG,
    restApiUrlExtension: TEXT,
    locChooseBy: TEXT,
    locType: TEXT,
    allowedSearchKeys: LIST,
    search: OBJECT,
  });
  const { strategy, allowedSearchKeys } = options;
  if (strategy !== undefined && typeof strategy.authenticate !== "function") {
    throw invalidOptions(
      `${CREATE}: the option strategy is not an AuthStrategy.`,
      "Create one with createAuth or another function of @handlekit/auth.",
    );
  }
  if (options.locType !== undefined && !isLoc(options.locType)) {
    throw invalidOptions(`${CREATE}: the option locType is neither "10320/loc" nor "10320/LOC".`);
  }
  checkItems(CREATE, "the option allowedSearchKeys", allowedSearchKeys, ["string"]);
}

function readOwner(owner: string | ValueReference): ValueReference {
  const { index, handle } = typeof owner === "string" ? parseReference(owner) : owner;
  checkArgument(CREATE, "the handle of the owner", handle, ["string"]);
  checkArgument(CREATE, "the index of the owner", index, ["number"]);
  return { index, handle: normalizeHandle(handle) };
}

function isTransport(given: Transport | TransportOptions): given is Transport {
  return "send" in given && typeof given.send === "function";
}

function openTransport(
  { httpsVerify = true, trust }: ClientCredentials,
  options: TransportOptions = {},
): Transport {
  const own = [options.ca, options.trust, options.verify, options.fetch];
  if (own.some((option) => option !== undefined)) return createTransport(options);
  const verify = typeof httpsVerify === "boolean" ? { verify: httpsVerify } : { ca: httpsVerify.ca };
  return createTransport({ ...options, ...verify, trust });
}

/**
 * Reads the settings of a client from its credentials and options.
 *
 * @throws HandleError as `createClient` does
 */
export function readSettings(credentials: ClientCredentials, options: ClientOptions): ClientSettings {
  checkCredentials(CREATE, credentials);
  checkClientOptions(options);
  const { server: named, login, clientConfig: config = {} } = credentials;
  if (named === undefined && (login !== undefined || options.strategy !== undefined)) {
    throw invalidOptions(
      "There is a login but no server to send it to.",
      "Name the handle server: handle_server_url (or baseuri) in the credentials file, or server in the credentials.",
    );
  }
  const permissions = options.permissions ?? config.adminPermissions ?? DEFAULT_PERMISSIONS;
  permissionBits(permissions);
  const owner = options.owner ?? credentials.handleOwner;
  const path = trimSlashes(options.restApiUrlExtension ?? config.restApiUrlExtension ?? API_PATH);
  const address = readServer(named ?? PUBLIC_RESOLVER);
  // With another path, the address may need what looks like the API's.
  const server = `/${path}/` === API_PATH ? withoutApiPath(address) : address;
  const search = options.search ?? credentials.reverseLookup ?? {};
  checkServlet(search);
  const given = options.transport;
  const own = given !== undefined && isTransport(given) ? given : undefined;
  return {
    server,
    apiPath: path === "" ? "/" : `/${path}/`,
    strategy: options.strategy ?? createAuth({ login }, { origins: [server] }),
    ownsStrategy: options.strategy === undefined,
    transport: own ?? openTransport(credentials, given as TransportOptions | undefined),
    ownsTransport: own === undefined,
    owner: owner === undefined ? undefined : readOwner(owner),
    permissions,
    modifyAdmin: options.modifyAdmin ?? config.modifyAdmin ?? false,
    locChooseBy: options.locChooseBy ?? config.locChooseBy,
    locType: options.locType ?? LOC_TYPE,
    allowedSearchKeys: options.allowedSearchKeys ?? config.allowedSearchKeys,
    search,
  };
}
