export { backupSqlite, type SqliteBackupOptions } from "./inspect/backup-sqlite.ts";
export type { CheckedRecords } from "./inspect/check-records.ts";
export { checkSqlite, type SqliteCheck, type SqliteCheckOptions } from "./inspect/check-sqlite.ts";
export type { SqliteProblem } from "./inspect/problems.ts";
export { openSqlite } from "./open-sqlite.ts";
export type { SqliteOptions } from "./options.ts";
export type { OpenedSqlite, SqliteStatistics } from "./statistics.ts";
