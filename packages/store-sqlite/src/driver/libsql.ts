import Database from "libsql";
import type { SqlDriver, SqlValue } from "./driver.ts";

// Given one parameter that is an object but no array, libsql takes it for named ones and aborts the process:
// parameters always go in as an array.

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
