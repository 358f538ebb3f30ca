import { normalizeHandle } from "@handlekit/core";
import { createBulk } from "./bulk/bulk.ts";
import { createConnection } from "./connection.ts";
import { createHandleLocations } from "./handle-locations.ts";
import { countHandles, listHandles } from "./list-handles.ts";
import { mint } from "./mint.ts";
import { readMany } from "./read-many.ts";
import { readRecord } from "./read-record.ts";
import { createSearch } from "./search-handles.ts";
import { readSettings } from "./settings.ts";
import type { ClientCredentials, ClientOptions, HandleClient, HandleRecord, ReadOptions } from "./types.ts";
import { createWriter } from "./write-record.ts";

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
