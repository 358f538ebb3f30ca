export { createSqliteState, type SqliteState, type SqliteStateOptions } from "./create-sqlite-state.ts";
export { createSqliteStore, type SqliteStoreOptions } from "./create-sqlite-store.ts";
