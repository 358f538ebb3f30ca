import Database from "libsql";
import type { SqlDriver, SqlValue } from "./driver.ts";

// Parameters are always passed as one array: libsql takes a single object, such as a Uint8Array, for named parameters
// and aborts the process.

function plain(row: SqlValue[]): SqlValue[] {
  return row.map((value) =>
    value instanceof Uint8Array ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value,
  );
}

/** Opens a file with the native module libsql (Node 20 and 22). */
export function openLibsql(file: string): SqlDriver {
  const database = new Database(file);
  return {
    prepare(sql) {
      const statement = database.prepare(sql);
      const rows = statement.reader ? statement.raw() : statement;
      return {
        get(parameters) {
          const row = rows.get([...parameters]) as SqlValue[] | undefined;
          return row === undefined ? undefined : plain(row);
        },
        all: (parameters) => (rows.all([...parameters]) as SqlValue[][]).map(plain),
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
