import type { Logger } from "@handlekit/core";

/** Options of `openSqlite`. */
export interface SqliteOptions {
  /**
   * The path of the file, or `:memory:` for no file. A file that does not exist is created with mode 0600; its
   * directory must exist.
   */
  readonly file: string;
  /** About how much memory the records that are read often may use, in bytes. Default 64 MiB; 0 for none. */
  readonly cacheBytes?: number | undefined;
  /** Logs the progress of work on a file of an older format. */
  readonly log?: Logger | undefined;
}
