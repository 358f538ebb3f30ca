export { checkPostgres, type PostgresCheck, type PostgresCheckOptions } from "./check.ts";
export { openPostgres } from "./open-postgres.ts";
export type { PostgresOptions } from "./options.ts";
export type { OpenedPostgres, PostgresStatistics } from "./statistics.ts";
