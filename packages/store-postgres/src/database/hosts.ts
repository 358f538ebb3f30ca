import type { Logger } from "@handlekit/core";
import pg from "pg";
import type { Connection } from "./connection.ts";

/** The hosts of a database, of which one is used until it fails. */
export interface Hosts {
  /** The number of hosts. */
  readonly count: number;
  /** Clients of the host that is used when they are created. If they cannot connect, the next host is used. */
  readonly Client: typeof pg.Client;
  /**
   * Refuses a host that accepts no writes, if it must, so that the next one is used.
   *
   * @throws Error with the SQLSTATE 25006
   */
  assertPrimary(client: pg.ClientBase): Promise<void>;
  /** Leaves the host of a connection on which a write was refused. */
  leave(client: pg.ClientBase): void;
}

class ReadOnlyHost extends Error {
  readonly code = "25006";
}

/** Creates the choice between the hosts of a database. */
export function createHosts({ hosts, needsPrimary, name }: Connection, log: Logger | undefined): Hosts {
  const hostOf = new WeakMap<pg.ClientBase, number>();
  let used = 0;

  function leave(client: pg.ClientBase): void {
    // Connections that were opened at the same time fail together; only the first of them moves on.
    if (hosts.length < 2 || hostOf.get(client) !== used) return;
    used = (used + 1) % hosts.length;
  }

  class HostClient extends pg.Client {
    constructor(options: pg.ClientConfig = {}) {
      super({ ...options, ...hosts[used] });
      hostOf.set(this, used);
      // Without a listener the loss of a connection would end the process.
      this.on("error", () => undefined);
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      if (callback === undefined) {
        return super.connect().catch((error: unknown) => {
          leave(this);
          throw error;
        }) as Promise<pg.Client>;
      }
      super.connect((error: Error) => {
        if (error) leave(this);
        callback(error);
      });
      return undefined;
    }
  }

  let logged = 0;
  return {
    count: hosts.length,
    Client: HostClient,
    leave,
    async assertPrimary(client) {
      if (!needsPrimary) return;
      const { rows } = await client.query({ text: "SHOW transaction_read_only", rowMode: "array" });
      if (rows[0]?.[0] === "off") {
        const host = hostOf.get(client) ?? 0;
        if (host !== logged)
          log?.warn("another host of the database is used", { database: name, host: host + 1 });
        logged = host;
        return;
      }
      leave(client);
      throw new ReadOnlyHost("no host accepts writes");
    },
  };
}
