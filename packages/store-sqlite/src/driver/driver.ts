/** What SQLite stores in one column, as far as this package uses it. */
export type SqlValue = string | number | Uint8Array | null;

/** A prepared statement. Parameters fill its question marks in order. */
export interface SqlStatement {
  /** The columns of the first row; undefined when there is none. */
  get(parameters: readonly SqlValue[]): readonly SqlValue[] | undefined;
  /** The columns of every row. */
  all(parameters: readonly SqlValue[]): (readonly SqlValue[])[];
  /** The number of rows that it changed. */
  run(parameters: readonly SqlValue[]): number;
}

/** A synchronous connection to one SQLite file. Its errors are the runtime's own. */
export interface SqlDriver {
  prepare(sql: string): SqlStatement;
  /** Runs statements whose rows nobody wants. */
  exec(sql: string): void;
  close(): void;
}
