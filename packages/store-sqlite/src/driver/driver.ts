/** The types of columns that this package uses. */
export type SqlValue = string | number | Uint8Array | null;

/** A prepared statement. Parameters are bound to its question marks in order. */
export interface SqlStatement {
  /** Returns the columns of the first row, or undefined if there is none. */
  get(parameters: readonly SqlValue[]): readonly SqlValue[] | undefined;
  /** Returns the columns of every row. */
  all(parameters: readonly SqlValue[]): (readonly SqlValue[])[];
  /** Returns the number of rows that were changed. */
  run(parameters: readonly SqlValue[]): number;
}

/** A synchronous connection to one SQLite file. Throws the errors of the underlying module. */
export interface SqlDriver {
  prepare(sql: string): SqlStatement;
  /** Runs statements and ignores their rows. */
  exec(sql: string): void;
  close(): void;
}
