import type { Logger, Secret } from "@handlekit/core";
import { type Connection, parseConnection } from "./connection.ts";
import { createDatabase, type Database } from "./database.ts";
import { createHosts, type Hosts } from "./hosts.ts";
import { createPool } from "./pool.ts";

/** A database, and how to connect to it once more. */
export interface Connected {
  readonly connection: Connection;
  readonly hosts: Hosts;
  readonly database: Database;
}

/**
 * Creates the connections to a database, which are opened when they are needed.
 *
 * @throws HandleError `invalid_options` if the connection string cannot be used, without showing it
 */
export function connect(
  connectionString: string,
  password: Secret | undefined,
  { maxConnections, log }: { readonly maxConnections: number; readonly log?: Logger | undefined },
): Connected {
  const connection = parseConnection(connectionString, password);
  const hosts = createHosts(connection, log);
  const pool = createPool(connection, hosts, maxConnections, log);
  return { connection, hosts, database: createDatabase(pool, connection.name) };
}
