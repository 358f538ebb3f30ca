import type { HandleValue } from "@handlekit/core";
import { type BulkOptions, type BulkReport, runBulk } from "./bulk/bulk.ts";
import type { BulkOperation } from "./bulk/operation.ts";
import type { CallOptions } from "./connection/connection.ts";
import { type ClientContext, openContext } from "./context.ts";
import type { HistoryEntry } from "./reading/history-entry.ts";
import { countHandles, type ListOptions, listHandles } from "./reading/list-handles.ts";
import { type HistoryOptions, readHistory } from "./reading/read-history.ts";
import { type RecordOrError, readMany } from "./reading/read-many.ts";
import {
  type HandleRecord,
  type ReadOptions,
  type ReadValueOptions,
  readRecord,
} from "./reading/read-record.ts";
import { readText, readValue } from "./reading/read-value.ts";
import { createSearch, type SearchOptions, type SearchTerms } from "./reading/search-handles.ts";
import type { ClientCredentials, ClientOptions } from "./settings.ts";
import type { NewValues } from "./writing/allocate-indexes.ts";
import type { Change } from "./writing/change.ts";
import { type CreateOptions, createRecord } from "./writing/create-record.ts";
import {
  type DeleteOptions,
  type DeleteValuesOptions,
  deleteRecord,
  deleteValues,
} from "./writing/delete-record.ts";
import { createHandleLocations, type HandleLocations } from "./writing/handle-locations.ts";
import { type MintOptions, mint } from "./writing/mint.ts";
import { type ModifyOptions, modifyRecord } from "./writing/modify-record.ts";
import { type RestoreOptions, restoreRecord } from "./writing/restore-record.ts";

/** A client of one handle server. Every call throws HandleError `invalid_options` for an argument of the wrong kind. */
export interface HandleClient {
  /** The address of the server. */
  readonly server: string;
  /**
   * Reads a record.
   * @throws HandleError `handle_not_found`, and the errors of every call: `authentication_failed`, `permission_denied`,
   *   `prefix_not_served`, `protocol_error`, `server_busy`, `server_error`, and those of the transport
   */
  read(handle: string, options?: ReadOptions): Promise<HandleRecord>;
  /**
   * Reads the text of a value: of the first value of a type, or of the one at an index. Resolves to undefined if the
   * record has no such value that may be seen.
   * @throws HandleError `invalid_value` if the value is not text but bytes, HS_ADMIN or another structure
   */
  readText(handle: string, which: string | number, options?: ReadValueOptions): Promise<string | undefined>;
  /** Reads a value as {@link HandleClient.readText} does, whatever its data are. */
  readValue(
    handle: string,
    which: string | number,
    options?: ReadValueOptions,
  ): Promise<HandleValue | undefined>;
  /** Reads several records, some at a time, in any order. One that fails does not stop the others. */
  readMany(
    handles: Iterable<string> | AsyncIterable<string>,
    options?: ReadOptions,
  ): AsyncIterable<RecordOrError>;
  /**
   * Creates a handle. An HS_ADMIN value is added at 100 unless the values have one.
   * @throws HandleError `handle_exists` unless `overwrite` is set; `outcome_unknown` if no answer came and the record
   *   cannot be read back
   */
  create(handle: string, values: NewValues, options?: CreateOptions): Promise<Change>;
  /**
   * Creates a handle with a suffix that this client or the server generates.
   * @throws HandleError `invalid_handle` for an invalid prefix; `invalid_options` if a suffix function returns no text;
   *   `outcome_unknown` if the server was to generate the suffix and no answer came: that is never repeated
   */
  mint(prefix: string, values: NewValues, options?: MintOptions): Promise<Change>;
  /**
   * Changes values and leaves all others. A value with an index is written there; one without replaces the value of its
   * type, or is added.
   * @throws HandleError `invalid_value` if the record has several values of that type; `values_not_found` if it has none
   *   and `add` is false; `record_changed`; `invalid_options` for HS_ADMIN without `modifyAdmin`
   */
  modify(handle: string, values: NewValues, options?: ModifyOptions): Promise<Change>;
  /**
   * Deletes the values at these indexes and of these types.
   * @throws HandleError `values_not_found` if one of them does not exist, and nothing is deleted then;
   *   `record_changed`; `invalid_options` for an empty list, and for HS_ADMIN without `modifyAdmin`
   */
  deleteValues(
    handle: string,
    which: readonly (string | number)[],
    options?: DeleteValuesOptions,
  ): Promise<Change>;
  /** Deletes a handle with its whole record. @throws HandleError `handle_not_found`, `record_changed` */
  delete(handle: string, options?: DeleteOptions): Promise<Change>;
  /**
   * Reads the history of a handle from `hdl-server`, the newest entries first; pages are read as they are needed. It
   * requires the permission to read hidden values, also for a handle that was deleted.
   * @throws HandleError `not_supported` if the server keeps no history, as Handle.Net's; `handle_not_found` if there
   *   never was such a handle; `protocol_error`
   */
  history(handle: string, options?: HistoryOptions): AsyncIterable<HistoryEntry>;
  /**
   * Makes a record what it was after, or before, an entry of its history: values are added, changed and deleted, and a
   * deleted handle is created. HS_SECKEY values are neither written nor deleted, because a history has no secret keys;
   * `warnings` of the change names their indexes.
   * @throws HandleError `values_not_found` if the history has no such entry; `invalid_options` if there was no record
   *   after or before it, and if HS_ADMIN would change without `modifyAdmin`; `record_changed`; `not_supported`
   */
  restore(handle: string, number: number, options?: RestoreOptions): Promise<Change>;
  /** Lists the handles of a prefix; pages are read as they are needed. It requires the permission to list. */
  list(prefix: string, options?: ListOptions): AsyncIterable<string>;
  /** Resolves to the number of handles of a prefix. */
  count(prefix: string, options?: CallOptions): Promise<number>;
  /**
   * Lists the handles whose values match, from the reverse look-up servlet; pages are read as they are needed.
   * @throws HandleError `invalid_options`, at the call, if there is no servlet, no term, or a type that may not be
   *   searched; `insecure_connection` if the servlet's address is not https; `authentication_failed`; `protocol_error` if
   *   the address is not a servlet's
   */
  search(terms: SearchTerms, options?: SearchOptions): AsyncIterable<string>;
  /** Several URLs for one handle: `10320/loc`. */
  readonly locations: HandleLocations;
  /**
   * Carries out many writes, some at a time, in constant memory; those on one handle one after the other, in their
   * order. With a journal a run can be resumed.
   * @throws HandleError `invalid_options` if an item is not the one in the journal; whatever the operations,
   *   `onProgress` or the journal throw. Running items are finished first.
   */
  bulk(
    operations: Iterable<BulkOperation> | AsyncIterable<BulkOperation>,
    options?: BulkOptions,
  ): Promise<BulkReport>;
  /** Closes the connections that the client opened, and its session. */
  close(): Promise<void>;
}

/** Returns the client of a context. */
export function clientOf(context: ClientContext): HandleClient {
  const { connection, settings } = context;
  return {
    server: settings.server,
    read: (handle, how) => readRecord(connection, handle, how),
    readText: (handle, which, how) => readText(connection, handle, which, how),
    readValue: (handle, which, how) => readValue(connection, handle, which, how),
    readMany: (handles, how) => readMany(connection, handles, how),
    create: (handle, values, how) => createRecord(context, handle, values, how),
    mint: (prefix, values, how) => mint(context, prefix, values, how),
    modify: (handle, values, how) => modifyRecord(context, handle, values, how),
    deleteValues: (handle, which, how) => deleteValues(context, handle, which, how),
    delete: (handle, how) => deleteRecord(context, handle, how),
    history: (handle, how) => readHistory(context, handle, how),
    restore: (handle, number, how) => restoreRecord(context, handle, number, how),
    list: (prefix, how) => listHandles(context, prefix, how),
    count: (prefix, how) => countHandles(context, prefix, how),
    search: createSearch(settings).handles,
    locations: createHandleLocations(context),
    bulk: (operations, how) => runBulk(context, operations, how),
    close: context.close,
  };
}

/**
 * Creates a client for the REST API of Handle.Net servers.
 *
 * @param credentials the server and the login; without a server, hdl.handle.net for reading
 * @param options a strategy, a transport, the owner of new handles and more
 * @throws HandleError `invalid_options` for an argument or option of the wrong kind, a server address that is not a URL,
 *   or a login without a server; `insecure_connection` for a login over plain HTTP; `invalid_value` for malformed
 *   permissions; `invalid_reference` for a malformed owner; `invalid_key` for a certificate that is not PEM
 * @example
 * ```ts
 * const client = createClient(await loadCredentials("credentials.json"));
 * await client.create("20.500.12345/abc", { URL: "https://example.org/" });
 * await client.close();
 * ```
 */
export function createClient(credentials: ClientCredentials, options: ClientOptions = {}): HandleClient {
  return clientOf(openContext(credentials, options));
}
