import { type HandleValue, normalizeHandle } from "@handlekit/core";
import type { NewValues } from "./allocate-indexes.ts";
import { type Bulk, createBulk } from "./bulk/bulk.ts";
import type { Change } from "./change.ts";
import { createConnection } from "./connection.ts";
import { createHandleLocations, type HandleLocations } from "./handle-locations.ts";
import { countHandles, type ListOptions, listHandles } from "./list-handles.ts";
import { type MintOptions, mint } from "./mint.ts";
import { readMany } from "./read-many.ts";
import { readRecord } from "./read-record.ts";
import { createSearch, type SearchHandles } from "./search-handles.ts";
import { readSettings } from "./settings.ts";
import type {
  CallOptions,
  ClientCredentials,
  ClientOptions,
  CreateOptions,
  DeleteOptions,
  DeleteValuesOptions,
  HandleRecord,
  ModifyOptions,
  ReadOptions,
  RecordOrError,
} from "./types.ts";
import { createWriter } from "./write-record.ts";

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

/**
 * A client for the REST API of Handle.Net servers.
 *
 * @param credentials the server and who to be; without a server, hdl.handle.net for reading
 * @param options a strategy, a transport, the owner of new handles and more
 * @throws HandleError `invalid_options` for a server address that is none, or a login without a server;
 *   `insecure_connection` for a login over plain HTTP; `invalid_value` for malformed permissions; `invalid_reference`
 *   for a malformed owner; `invalid_key` for a certificate that is none
 * @example
 * ```ts
 * const client = createClient(await loadCredentials("credentials.json"));
 * await client.create("20.500.12345/abc", { URL: "https://example.org/" });
 * await client.close();
 * ```
 */
export function createClient(credentials: ClientCredentials, options: ClientOptions = {}): HandleClient {
  const settings = readSettings(credentials, options);
  const connection = createConnection(settings);
  const writer = createWriter(connection, settings);
  const read = async (handle: string, how?: ReadOptions): Promise<HandleRecord> => {
    const record = await readRecord(connection, normalizeHandle(handle), how);
    return { handle: record.handle, values: record.values };
  };
  const { create, modify, deleteValues, delete: remove } = writer;
  return {
    server: settings.server,
    read,
    async readValue(handle, which, how = {}) {
      const filter = typeof which === "number" ? { indexes: [which] } : { types: [which] };
      return (await read(handle, { ...how, ...filter })).values[0];
    },
    readMany: (handles, how = {}) => readMany(read, handles, how),
    create,
    mint: (prefix, values, how) => mint(connection, writer, settings, prefix, values, how),
    modify,
    deleteValues,
    delete: remove,
    list: (prefix, how) => listHandles(connection, settings, prefix, how),
    count: (prefix, how = {}) => countHandles(connection, settings, prefix, how.signal),
    search: createSearch(settings),
    locations: createHandleLocations(connection, writer, settings),
    bulk: createBulk(writer),
    async close() {
      try {
        if (settings.ownsStrategy) await settings.strategy?.close?.();
      } finally {
        if (settings.ownsTransport) await settings.transport.close();
      }
    },
  };
}
