import type { SqlDriver, SqlValue } from "./driver.ts";

// Parameters are always passed as one array: libsql takes a single object, such as a Uint8Array, for named parameters
// and aborts the process.

interface LibsqlStatement {
  readonly reader: boolean;
  raw(): LibsqlStatement;
  get(parameters: readonly SqlValue[]): SqlValue[] | undefined;
  all(parameters: readonly SqlValue[]): SqlValue[][];
  run(parameters: readonly SqlValue[]): { readonly changes: number };
}

interface LibsqlDatabase {
  prepare(sql: string): LibsqlStatement;
  exec(sql: string): void;
  close(): void;
}

function plain(row: SqlValue[]): SqlValue[] {
  return row.map((value) =>
    value instanceof Uint8Array ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value,
  );
}

/** Opens a file with the native module libsql (Node 20 and 22). */
export async function openLibsql(file: string): Promise<SqlDriver> {
  // Not a literal: who runs Node 24 does not install it, and a bundler would fail.
  const name: string = "libsql";
  const { default: Database } = (await import(name)) as { default: new (file: string) => LibsqlDatabase };
  const database = new Database(file);
  return {
    prepare(sql) {
      const statement = database.prepare(sql);
      const rows = statement.reader ? statement.raw() : statement;
      return {
        get(parameters) {
          const row = rows.get([...parameters]);
          return row === undefined ? undefined : plain(row);
        },
        all: (parameters) => rows.all([...parameters]).map(plain),
        run: (parameters) => statement.run([...parameters]).changes,
      };
    },
    exec(sql) {
      database.exec(sql);
    },
    close() {
      database.close();
    },
  };
}
