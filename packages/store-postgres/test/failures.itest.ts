import { HandleError, handleKey, secret } from "@handlekit/core";
import { expect, it, vi } from "vitest";
import { openPostgres } from "../src/mod.ts";
import { usePostgres } from "./use-postgres.ts";
import { textAt, valuesOf } from "./values.ts";

const { open, connect, server } = usePostgres();
const key = handleKey("20.500.12345/A");
const PASSWORD = "S3CR3T of the database";

async function failure(work: Promise<unknown>): Promise<HandleError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HandleError)) throw new Error("It was not refused.", { cause: error });
  return error;
}

it("says that nobody answers at an address", async () => {
  const error = await failure(
    openPostgres({ connectionString: "postgres://hdl:S3CR3T@127.0.0.1:1/handles" }),
  );
  expect(error).toMatchObject({
    code: "store_failed",
    retryable: true,
    message: "The store postgres://127.0.0.1:1/handles could not be opened: connect ECONNREFUSED 127.0.0.1:1",
    hint: "Check that PostgreSQL is running and that the address and the port are right.",
  });
});

it("takes a password as a secret, and never shows it", async () => {
  const connectionString = await server().schemaOf("careful", PASSWORD);
  const wrong = secret("S3CR3T that is wrong");
  const error = await failure(openPostgres({ connectionString, password: wrong }));
  expect(error.message).toContain('password authentication failed for user "careful"');
  expect(error.hint).toContain("PGPASSWORD");
  expect(error.retryable).toBe(false);
  expect(JSON.stringify(error)).not.toContain("S3CR3T");
  const { close } = await openPostgres({ connectionString, password: secret(PASSWORD) });
  await close();
});

it("says that a database does not exist", async () => {
  const address = server().address({}).replace("/postgres?", "/nowhere?");
  expect(await failure(openPostgres({ connectionString: address }))).toMatchObject({
    code: "store_failed",
    retryable: false,
    hint: "Create the database first: createdb NAME.",
  });
});

it("reads from a read-only standby, and says why it cannot write", async () => {
  const { store, connectionString } = await open();
  await store.commit(key, "absent", valuesOf("1"));
  const client = await connect(connectionString);
  await client.query("ALTER ROLE postgres SET default_transaction_read_only = on");
  try {
    const standby = await open({ connectionString });
    expect(await textAt(standby.store, key)).toBe("1");
    for (const write of [
      () => standby.store.commit(key, "absent", valuesOf("2")),
      () => standby.store.home("20.500.12345"),
      () => standby.state.put("a", "1", "any"),
    ]) {
      expect(await failure(write())).toMatchObject({
        code: "store_failed",
        retryable: false,
        hint: "This is a read-only standby; connect to the primary server.",
      });
    }
  } finally {
    await client.query("BEGIN READ WRITE");
    await client.query("ALTER ROLE postgres RESET default_transaction_read_only");
    await client.query("COMMIT");
  }
});

it("names a role that lacks rights, and tables that are missing", async () => {
  const { store, connectionString } = await open();
  const client = await connect(connectionString);
  const { rows } = await client.query("SELECT current_schema() AS schema");
  await client.query(`CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA ${rows[0].schema} TO guest`);
  const guest = connectionString.replace("user=postgres", "user=guest");
  const error = await failure(openPostgres({ connectionString: guest }));
  expect(error.message).toMatch(/could not (be opened|create its tables): permission denied/);
  expect(error.hint).toContain("Grant this role the rights");
  await client.query("DROP TABLE handles");
  expect(await failure(store.read(key))).toMatchObject({
    code: "store_failed",
    message: expect.stringMatching(/could not read "20.500.12345\/A": relation "handles" does not exist/),
    hint: expect.stringContaining("A table is missing"),
  });
});

it("refuses a store of a newer version and leaves it unchanged", async () => {
  const { connectionString } = await open();
  const client = await connect(connectionString);
  await client.query("UPDATE handlekit_store SET format = 2");
  expect((await failure(openPostgres({ connectionString }))).message).toContain(
    "has format 2, and this version",
  );
});

it("goes on when a connection is lost, and when the database was away", async () => {
  const { store, state } = await open({ cacheBytes: 0 });
  await store.commit(key, "absent", valuesOf("1"));
  const client = await connect(server().address({}));
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'handlekit'",
  );
  expect(await textAt(store, key)).toBe("1");
  await vi.waitFor(() => state.put("a", "1", "any"), { timeout: 20_000 });

  await server().kill();
  try {
    for (const call of [
      () => store.read(key),
      () => store.commit(key, "absent", valuesOf("2")),
      () => state.get("a"),
    ]) {
      expect(await failure(call())).toMatchObject({ code: "store_failed", retryable: true, responseCode: 3 });
    }
  } finally {
    await server().restart();
  }
  expect(await textAt(store, key)).toBe("1");
  expect((await state.get("a"))?.value).toBe("1");
});

it("keeps every commit that it acknowledged when the database is killed", async () => {
  const { store, connectionString } = await open();
  const acknowledged = new Map<string, number>();
  let stop = false;
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let i = 0; !stop; i++) {
      const handle = handleKey(`20.500.1/${lane}-${i}`);
      const outcome = await store.commit(handle, "absent", valuesOf(`${i}`)).catch(() => "failed");
      if (outcome !== "done") return;
      acknowledged.set(handle, i);
    }
  });
  await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(100), { timeout: 10_000 });
  await server().kill();
  stop = true;
  await Promise.all(lanes);
  await server().restart();
  const again = await open({ connectionString });
  for (const [handle, i] of acknowledged) expect(await textAt(again.store, handleKey(handle))).toBe(`${i}`);
});
