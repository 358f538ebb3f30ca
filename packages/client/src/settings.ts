import { createAuth } from "@handlekit/auth";
import {
  type AuthStrategy,
  HandleError,
  normalizeHandle,
  parseReference,
  permissionBits,
  type ValueReference,
} from "@handlekit/core";
import { createTransport, type Transport } from "@handlekit/transport";
import type { ClientCredentials, ClientOptions, SearchOptions } from "./types.ts";
import { readServer } from "./url.ts";

/** Credentials and options with every default filled in. */
export interface ClientSettings {
  readonly server: string;
  /** Below the server, with a slash at both ends. */
  readonly apiPath: string;
  readonly strategy: AuthStrategy | undefined;
  /** Whether the client made strategy and transport, and closes them. */
  readonly ownsStrategy: boolean;
  readonly ownsTransport: boolean;
  readonly transport: Transport;
  readonly owner: ValueReference | undefined;
  readonly permissions: string;
  readonly modifyAdmin: boolean;
  readonly locChooseBy: string | undefined;
  readonly allowedSearchKeys: readonly string[] | undefined;
  readonly search: SearchOptions;
}

function readOwner(text: string): ValueReference {
  const { index, handle } = parseReference(text);
  return { index, handle: normalizeHandle(handle) };
}

/** What is asked when nobody names a server: the public resolver, for reading. */
const PUBLIC_RESOLVER = "https://hdl.handle.net";
const API_PATH = "/api/handles/";
const DEFAULT_PERMISSIONS = "011111110011";

/**
 * What a client works with: an option wins over the configuration in the credentials, that over the default.
 *
 * @throws HandleError as `createClient` does
 */
export function readSettings(credentials: ClientCredentials, options: ClientOptions): ClientSettings {
  const {
    server: named,
    login,
    httpsVerify: verify = true,
    clientConfig: config = {},
    reverseLookup = {},
  } = credentials;
  if (named === undefined && (login !== undefined || options.strategy !== undefined)) {
    throw new HandleError("invalid_options", {
      message: "There is a login but no server to send it to.",
      hint: "Name the handle server: handle_server_url (or baseuri) in the credentials file.",
    });
  }
  const server = readServer(named ?? PUBLIC_RESOLVER);
  const permissions = options.permissions ?? config.adminPermissions ?? DEFAULT_PERMISSIONS;
  permissionBits(permissions);
  const owner = options.owner ?? credentials.handleOwner;
  const extension = (options.restApiUrlExtension ?? config.restApiUrlExtension ?? API_PATH).replace(
    /^\/+|\/+$/g,
    "",
  );
  const search = options.search ?? reverseLookup;
  const trust = typeof verify === "boolean" ? { verify } : { ca: verify.ca };
  return {
    server,
    apiPath: extension === "" ? "/" : `/${extension}/`,
    strategy: options.strategy ?? createAuth({ login }, { origins: [server] }),
    ownsStrategy: options.strategy === undefined,
    ownsTransport: options.transport === undefined,
    transport:
      options.transport ??
      createTransport({ ...trust, ...(options.timeouts ? { timeouts: options.timeouts } : {}) }),
    owner: typeof owner === "string" ? readOwner(owner) : owner,
    permissions,
    modifyAdmin: options.modifyAdmin ?? config.modifyAdmin ?? false,
    locChooseBy: options.locChooseBy ?? config.locChooseBy,
    allowedSearchKeys: options.allowedSearchKeys ?? config.allowedSearchKeys,
    search,
  };
}
