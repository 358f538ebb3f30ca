import type { SqlDriver, SqlValue } from "./driver.ts";

interface NodeStatement {
  setReturnArrays(on: boolean): void;
  get(...parameters: readonly SqlValue[]): SqlValue[] | undefined;
  all(...parameters: readonly SqlValue[]): SqlValue[][];
  run(...parameters: readonly SqlValue[]): { readonly changes: number | bigint };
}

interface NodeDatabase {
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}

/** Opens a file with `node:sqlite` (Node 24, Deno). */
export async function openNodeSqlite(file: string): Promise<SqlDriver> {
  // Not a literal: bundlers that do not know node:sqlite rewrite or reject it.
  const name: string = "node:sqlite";
  const { DatabaseSync } = (await import(name)) as { DatabaseSync: new (file: string) => NodeDatabase };
  const database = new DatabaseSync(file);
  return {
    prepare(sql) {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return {
        get: (parameters) => statement.get(...parameters),
        all: (parameters) => statement.all(...parameters),
        run: (parameters) => Number(statement.run(...parameters).changes),
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
