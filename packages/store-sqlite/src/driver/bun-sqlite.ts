import type { SqlDriver, SqlValue } from "./driver.ts";

interface BunStatement {
  values(...parameters: readonly SqlValue[]): SqlValue[][];
  run(...parameters: readonly SqlValue[]): { readonly changes: number };
}

interface BunDatabase {
  prepare(sql: string): BunStatement;
  exec(sql: string): void;
  close(): void;
}

/** Opens a file with `bun:sqlite`. */
export async function openBunSqlite(file: string): Promise<SqlDriver> {
  const name: string = "bun:sqlite";
  const { Database } = (await import(name)) as { Database: new (file: string) => BunDatabase };
  const database = new Database(file);
  return {
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        get: (parameters) => statement.values(...parameters)[0],
        all: (parameters) => statement.values(...parameters),
        run: (parameters) => statement.run(...parameters).changes,
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
