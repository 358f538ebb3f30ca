import type { AuthStrategy, HandleError, HandleValue, ValueReference } from "@handlekit/core";
import type { Credentials } from "@handlekit/credentials";
import type { Transport, TransportOptions } from "@handlekit/transport";

/** Who and where: what `loadCredentials` gives, or any part of it. */
export type ClientCredentials = Partial<
  Pick<Credentials, "server" | "login" | "httpsVerify" | "handleOwner" | "clientConfig" | "reverseLookup">
>;

/** The reverse look-up servlet (HRLS) and who may use it. */
export type SearchOptions = NonNullable<Credentials["reverseLookup"]>;

/** What {@link createClient} can be told beside the credentials. An option wins over the credentials' configuration. */
export interface ClientOptions {
  /** Instead of the login of the credentials: a strategy of `@handlekit/auth`, or your own; the client does not close it. */
  readonly strategy?: AuthStrategy;
  /** Instead of one made from the credentials; the client does not close it. */
  readonly transport?: Transport;
  /** Of the transport the client makes, in milliseconds. */
  readonly timeouts?: NonNullable<TransportOptions["timeouts"]>;
  /** Whom the HS_ADMIN of a new handle names. Default `handleowner`, else `200:0.NA/<prefix>`. */
  readonly owner?: string | ValueReference;
  /** What the owner may do, list handles first. Default `HS_ADMIN_permissions`, else "011111110011". */
  readonly permissions?: string;
  /** Allows HS_ADMIN to be modified and deleted. Default `modify_HS_ADMIN`, else false. */
  readonly modifyAdmin?: boolean;
  /** Where the API is below the server. Default `REST_API_url_extension`, else "/api/handles/". */
  readonly restApiUrlExtension?: string;
  /** The `chooseby` of a new `10320/loc`. Default `10320LOC_chooseby`, else none. */
  readonly locChooseBy?: string;
  /** The only keys that may be searched for; an empty list allows all. Default `allowed_search_keys`, else all. */
  readonly allowedSearchKeys?: readonly string[];
  /** Default the `reverselookup_*` keys. */
  readonly search?: SearchOptions;
}

/** Common to all calls. */
export interface CallOptions {
  /** Ends the call at once when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** How to read. */
export interface ReadOptions extends CallOptions {
  /** Only these indexes; together with `types`, what fits either. */
  readonly indexes?: readonly number[];
  /** Only these types, in any case; `T.` stands for T and its subtypes. */
  readonly types?: readonly string[];
  /** Ask the primary server, past any cache. Default false. */
  readonly authoritative?: boolean;
  /** Log in, to see values that are not public. Default false: reading needs no rights, and no secret is sent. */
  readonly authenticated?: boolean;
  /** Only public values, also with a login. Default false. */
  readonly publicOnly?: boolean;
}

/** A record as it was read. */
export interface HandleRecord {
  readonly handle: string;
  /** By ascending index. */
  readonly values: readonly HandleValue[];
}

/** Common to all writes. */
export interface WriteOptions extends CallOptions {
  /**
   * The digest (`digestOf`) of the whole record as it was read: nothing is written when it has another by now. That is
   * checked by a read just before the write; in the gap between another client may still come in. With `hdl-server`,
   * which gives ETags, there is no gap.
   */
  readonly ifUnchanged?: string | undefined;
  /** Reads, writes nothing, and gives the difference that would be written. Default false. */
  readonly dryRun?: boolean | undefined;
}

/** How to create. */
export interface CreateOptions extends Omit<WriteOptions, "ifUnchanged"> {
  /** Replace the whole record when there is one. Default false: an existing handle is an error. */
  readonly overwrite?: boolean | undefined;
}

/** How to modify. */
export interface ModifyOptions extends WriteOptions {
  /** Seconds, for all values written; default: that of the present value, for new ones the server's. */
  readonly ttl?: number;
  /** Add types the record does not have. Default true; otherwise they are an error. */
  readonly add?: boolean;
}

/** How to delete values. */
export interface DeleteValuesOptions extends WriteOptions {
  /** Types that are not there are no error. Default false. */
  readonly ignoreMissing?: boolean;
}

/** How to delete a handle. */
export type DeleteOptions = WriteOptions;

/** One of several records, or why it could not be read. */
export type RecordOrError = HandleRecord | { readonly handle: string; readonly error: HandleError };
