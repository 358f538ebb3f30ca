import type { Logger, Secret } from "@handlekit/core";

/** Options of `openPostgres`. */
export interface PostgresOptions {
  /**
   * The address of the database, `postgres://user@host:5432/database`. Its parameters are those of `pg`, such as
   * `sslmode=verify-full` or `options=-c search_path=handles`. What it does not say is taken from the environment, PGHOST
   * to PGPASSWORD. With several hosts, `postgres://user@host1:5432,host2:5432/database`, the one that accepts writes is
   * used, and another one when it fails and a standby was promoted; `target_session_attrs=any` takes the first that
   * answers, until a write is refused there.
   */
  readonly connectionString: string;
  /** The password as UTF-8. Takes precedence over one in `connectionString`. */
  readonly password?: Secret | undefined;
  /** The maximum number of connections of this store. Default 10. */
  readonly maxConnections?: number | undefined;
  /**
   * How long a record may be answered from memory until it is read again, in milliseconds: for so long a change by another
   * process may stay unseen. Changes through this store are seen at once. Default 1000; 0 reads each time.
   */
  readonly foreignWritesTtl?: number | undefined;
  /**
   * Whether the stores with this option tell each other which records they changed, by LISTEN and NOTIFY, so that these
   * are seen sooner. Nothing depends on it. Default false.
   */
  readonly notify?: boolean | undefined;
  /** About how much memory the records that are read often may use, in bytes. Default 64 MiB; 0 for none. */
  readonly cacheBytes?: number | undefined;
  /** Logs lost connections, and a missing index. Default none. */
  readonly log?: Logger | undefined;
}
