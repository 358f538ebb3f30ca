export { openPostgres } from "./open-postgres.ts";
export type { PostgresOptions } from "./options.ts";
