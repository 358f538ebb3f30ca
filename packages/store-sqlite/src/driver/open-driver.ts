import process from "node:process";
import type { SqlDriver } from "./driver.ts";

/**
 * Opens a file with the SQLite module of the runtime, or with libsql on Node before 24, whose own is not stable.
 *
 * @param file an absolute path, or `:memory:`
 */
export async function openDriver(file: string): Promise<SqlDriver> {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return (await import("./bun-sqlite.ts")).openBunSqlite(file);
  if (deno !== undefined || Number.parseInt(node, 10) >= 24) {
    return (await import("./node-sqlite.ts")).openNodeSqlite(file);
  }
  return (await import("./libsql.ts")).openLibsql(file);
}
