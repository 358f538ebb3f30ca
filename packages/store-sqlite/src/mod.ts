export { openSqlite } from "./open-sqlite.ts";
export type { SqliteOptions } from "./options.ts";
export type { OpenedSqlite, SqliteStatistics } from "./statistics.ts";
