import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import pg from "pg";
import { NOBODY, runAs, usableFolder } from "./native-postgres.ts";
import { connects, createHost, dataOf, type PostgresHost } from "./postgres-host.ts";

/** A PostgreSQL for tests. */
export interface TestPostgres {
  /** The address of a new, empty schema. */
  schema(): Promise<string>;
  /** The address of the database for a user. */
  address(parameters: Readonly<Record<string, string>>): string;
  /** Creates a superuser who needs this password, and resolves to its address of an empty schema. Not with a server of one's own. */
  schemaOf(user: string, password: string): Promise<string>;
  /**
   * Ends the server without warning. SIGQUIT, the default, takes the processes of all connections along; SIGKILL only hits
   * the first process, as a lack of memory may. Not with a server of one's own.
   */
  kill(signal?: "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** Starts it again after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Server = Omit<TestPostgres, "schema" | "schemaOf">;

/** Starts a PostgreSQL with its own data in a temporary directory, reached by a socket in that directory. */
export async function startOwnHost(settings: readonly string[], smallDisk?: number): Promise<PostgresHost> {
  const directory = mkdtempSync(join(tmpdir(), "handlekit-pg-"));
  if (runAs.uid !== undefined) chownSync(directory, NOBODY, NOBODY);
  chmodSync(directory, 0o755);
  const native = usableFolder(directory);
  const host = createHost(native, directory, settings, smallDisk);
  execFileSync(
    join(native, "bin/initdb"),
    ["-D", dataOf(host), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...runAs, stdio: "ignore", cwd: directory },
  );
  await host.start();
  return host;
}

async function startOwn(settings: readonly string[], smallDisk: number | undefined): Promise<Server> {
  const host = await startOwnHost(settings, smallDisk);
  return {
    address: host.address,
    kill: (signal = "SIGQUIT") => host.end(signal),
    restart: host.start,
    async stop() {
      if (host.isRunning) await host.end("SIGQUIT");
      rmSync(host.directory, { recursive: true, force: true });
    },
  };
}

/** Uses a running PostgreSQL. */
function useRunning(url: string): Server {
  const cannot = async () => {
    throw new Error("The tests cannot stop the PostgreSQL of HANDLEKIT_POSTGRES_URL.");
  };
  return {
    address(parameters) {
      const address = new URL(url);
      for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
      return address.href;
    },
    kill: cannot,
    restart: cannot,
    stop: async () => undefined,
  };
}

/**
 * Starts a PostgreSQL, or uses the one of HANDLEKIT_POSTGRES_URL.
 *
 * @param settings such as `fsync=off`, the default, which is faster and safe as long as the machine does not stop
 * @param smallDisk the size of a disk for tablespaces, in MB, in the folder `small` beside its socket. Default none
 */
export async function startPostgres(
  settings: readonly string[] = ["fsync=off"],
  smallDisk?: number,
): Promise<TestPostgres> {
  const url = process.env.HANDLEKIT_POSTGRES_URL;
  const server = url === undefined ? await startOwn(settings, smallDisk) : useRunning(url);
  const schemas: string[] = [];
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.address({}) });
    await client.connect();
    return client.query(sql).finally(() => client.end());
  };
  async function createSchema(): Promise<string> {
    const schema = `handlekit_test_${randomBytes(6).toString("hex")}`;
    await admin(`CREATE SCHEMA ${schema}`);
    schemas.push(schema);
    return `-c search_path=${schema}`;
  }
  return {
    ...server,
    schema: async () => server.address({ options: await createSchema() }),
    async schemaOf(user, password) {
      await admin(`CREATE ROLE ${user} LOGIN SUPERUSER PASSWORD '${password}'`);
      const [row] = (await admin("SHOW hba_file")).rows;
      const before = readFileSync(row.hba_file, "utf8");
      writeFileSync(row.hba_file, `local all ${user} scram-sha-256\n${before}`);
      await admin("SELECT pg_reload_conf()");
      // The server reads the file when it gets to it.
      while (await connects(server.address({ user, password: "none" })));
      return server.address({ user, options: await createSchema() });
    },
    async stop() {
      if (url !== undefined) for (const schema of schemas) await admin(`DROP SCHEMA ${schema} CASCADE`);
      await server.stop();
    },
  };
}
