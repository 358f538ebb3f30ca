import type { OpenedStore } from "@handlekit/core/store";
import pg from "pg";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { openPostgres, type PostgresOptions } from "../src/mod.ts";
import { startPostgres, type TestPostgres } from "./start-postgres.ts";

/** The functions of {@link usePostgres}. */
export interface PostgresFixture {
  /** The server. */
  server(): TestPostgres;
  /** Opens a store until the test ends. Default in a new schema. */
  open(options?: Partial<PostgresOptions>): Promise<OpenedStore & { readonly connectionString: string }>;
  /** Connects until the test ends, as another program does. */
  connect(connectionString: string): Promise<pg.Client>;
}

/** Starts a PostgreSQL for the tests of a file. The arguments are those of {@link startPostgres}. */
export function usePostgres(settings?: readonly string[], smallDisk?: number): PostgresFixture {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres(settings, smallDisk);
  });
  afterAll(() => postgres.stop());
  return {
    server: () => postgres,
    async open(options = {}) {
      const connectionString = options.connectionString ?? (await postgres.schema());
      const opened = await openPostgres({ maxConnections: 4, ...options, connectionString });
      onTestFinished(() => opened.close());
      return { ...opened, connectionString };
    },
    async connect(connectionString) {
      const client = new pg.Client({ connectionString });
      client.on("error", () => undefined);
      await client.connect();
      onTestFinished(() => client.end());
      return client;
    },
  };
}
