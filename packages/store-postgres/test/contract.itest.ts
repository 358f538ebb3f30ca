import type { OpenedStore } from "@handlekit/core/store";
import { describeState, describeStore } from "@handlekit/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgres } from "../src/mod.ts";
import { startPostgres, type TestPostgres } from "./start-postgres.ts";

let postgres: TestPostgres;
let connectionString: string;
let admin: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  connectionString = await postgres.schema();
  admin = new pg.Client({ connectionString });
  await admin.connect();
  await (await openPostgres({ connectionString })).close();
});
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});

const api = { describe, expect, it };
const reopened = () => openPostgres({ connectionString, maxConnections: 4 });

/** Opens an empty store. One schema is used for all: creating tables would take most of the time. */
async function opened(): Promise<OpenedStore> {
  const tables = [
    "handles",
    "nas",
    ...["empty", "state", "sequences", "audit"].map((name) => `handlekit_${name}`),
  ];
  await admin.query(tables.map((table) => `DELETE FROM ${table}`).join("; "));
  return reopened();
}

/** The records of a store; closing them closes the state too. */
const recordsOf = ({ store, close }: OpenedStore) => ({ ...store, close });
/** The state of a store; closing it closes the records too. */
const stateOf = ({ state, close }: OpenedStore) => ({ ...state, close });

describeStore(
  "PostgreSQL",
  {
    open: async () => recordsOf(await opened()),
    async reopen(store) {
      await store.close();
      return recordsOf(await reopened());
    },
  },
  api,
);

describeState(
  "PostgreSQL state",
  {
    open: async () => stateOf(await opened()),
    async reopen(state) {
      await state.close?.();
      return stateOf(await reopened());
    },
  },
  api,
);
