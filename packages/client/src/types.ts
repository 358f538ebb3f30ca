import type { AuthStrategy, HandleError, HandleValue, ValueReference } from "@handlekit/core";
import type { Credentials } from "@handlekit/credentials";
import type { Transport, TransportOptions } from "@handlekit/transport";
import type { NewValues } from "./allocate-indexes.ts";
import type { Bulk } from "./bulk/bulk.ts";
import type { Change } from "./change.ts";
import type { HandleLocations } from "./handle-locations.ts";
import type { ListOptions } from "./list-handles.ts";
import type { MintOptions } from "./mint.ts";
import type { SearchHandles } from "./search-handles.ts";

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

/** A client of one handle server. */
export interface HandleClient {
  /** The address of the server. */
  readonly server: string;
  /**
   * Reads a record.
   * @throws HandleError `handle_not_found`, and those of every call: `authentication_failed`, `permission_denied`,
   *   `prefix_not_served`, `protocol_error`, `server_busy`, `server_error`, and the transport's
   */
  read(handle: string, options?: ReadOptions): Promise<HandleRecord>;
  /** Reads the first value of a type, or the one at an index; undefined when the record has none that may be seen. */
  readValue(handle: string, which: string | number, options?: ReadOptions): Promise<HandleValue | undefined>;
  /** Reads several records, some at a time, in any order; one that fails does not stop the others. */
  readMany(
    handles: Iterable<string> | AsyncIterable<string>,
    options?: ReadOptions,
  ): AsyncIterable<RecordOrError>;
  /**
   * Creates a handle. An HS_ADMIN value is added at 100 unless the values hold one.
   * @throws HandleError `handle_exists` unless `overwrite`; `outcome_unknown` when no answer came and the record cannot
   *   be read back
   */
  create(handle: string, values: NewValues, options?: CreateOptions): Promise<Change>;
  /**
   * Creates a handle with a suffix that is made up: by this client, or by the server.
   * @throws HandleError `invalid_handle` for a prefix that is none, `invalid_options` for a suffix that is no text or empty,
   *   `outcome_unknown` when the server was to make it up and no answer came: never repeated
   */
  mint(prefix: string, values: NewValues, options?: MintOptions): Promise<Change>;
  /**
   * Changes values and touches no other. A value with an index is written there; one without replaces the
   * value of its type, or is added.
   * @throws HandleError `invalid_value` when the record has several values of that type; `values_not_found` when it
   *   has none and `add` is false; `record_changed`; `invalid_options` for HS_ADMIN without `modifyAdmin`
   */
  modify(handle: string, values: NewValues, options?: ModifyOptions): Promise<Change>;
  /**
   * Deletes the values at these indexes and of these types.
   * @throws HandleError `values_not_found` when one is not there, and nothing is deleted then; `record_changed`;
   *   `invalid_options` for an empty list, and for HS_ADMIN without `modifyAdmin`
   */
  deleteValues(
    handle: string,
    which: readonly (string | number)[],
    options?: DeleteValuesOptions,
  ): Promise<Change>;
  /** Deletes a handle with its whole record. @throws HandleError `handle_not_found`, `record_changed` */
  delete(handle: string, options?: DeleteOptions): Promise<Change>;
  /** The handles of a prefix, page by page as they are asked for; needs the right to list. */
  list(prefix: string, options?: ListOptions): AsyncIterable<string>;
  /** How many handles a prefix has. */
  count(prefix: string, options?: CallOptions): Promise<number>;
  /** Handles by what their values say, from the reverse look-up servlet. */
  search: SearchHandles;
  /** Several URLs for one handle: `10320/loc`. */
  readonly locations: HandleLocations;
  /** Many writes, some at a time, each with its own outcome; to be resumed with a journal. */
  bulk: Bulk;
  /** Ends the connections the client opened, and a session it made. */
  close(): Promise<void>;
}
