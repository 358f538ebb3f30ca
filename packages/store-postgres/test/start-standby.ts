import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { NOBODY, runAs } from "./native-postgres.ts";
import { createHost, dataOf, type PostgresHost } from "./postgres-host.ts";

/** Files that belong to the running primary, and not to a copy. */
const OWN = new Set(["postmaster.pid", "postmaster.opts", "pg_replslot", "pg_stat_tmp"]);

const give = (path: string) => {
  if (runAs.uid !== undefined) chownSync(path, NOBODY, NOBODY);
};

/** Reads a file that may be written at this moment, and is never half written for long. */
function readStable(path: string): Buffer {
  for (;;) {
    const [once, again] = [readFileSync(path), readFileSync(path)];
    if (once.equals(again)) return once;
  }
}

/** Copies files as the user that runs PostgreSQL; those that the primary removes meanwhile are left out. */
function copy(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  chmodSync(to, 0o700);
  give(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (OWN.has(entry.name)) {
      if (entry.isDirectory()) copy(join(from, "pg_notify"), target);
      continue;
    }
    if (entry.isDirectory()) {
      copy(source, target);
      continue;
    }
    try {
      // A standby does not start from a torn control file.
      if (entry.name === "pg_control") writeFileSync(target, readStable(source));
      else cpSync(source, target);
      give(target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

async function query<T>(host: PostgresHost, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: host.address({}) });
  client.on("error", () => undefined);
  await client.connect();
  return work(client).finally(() => client.end());
}

/**
 * Makes a hot standby of a running primary, and waits until it streams.
 *
 * @param directory of the standby; is emptied
 * @param name under which the primary knows it, for `synchronous_standby_names`
 */
export async function startStandby(
  primary: PostgresHost,
  directory: string,
  name: string,
  settings: readonly string[],
): Promise<PostgresHost> {
  mkdirSync(directory, { recursive: true });
  give(directory);
  chmodSync(directory, 0o755);
  const data = dataOf({ directory });
  rmSync(data, { recursive: true, force: true });
  await query(primary, async (client) => {
    await client.query("SELECT pg_backup_start('standby', true)");
    copy(dataOf(primary), data);
    const { rows } = await client.query("SELECT labelfile FROM pg_backup_stop(false)");
    writeFileSync(join(data, "backup_label"), rows[0].labelfile);
    give(join(data, "backup_label"));
  });
  const conninfo = `host=${primary.directory} user=postgres application_name=${name}`;
  writeFileSync(join(data, "standby.signal"), "");
  give(join(data, "standby.signal"));
  const standby = createHost(primary.native, directory, [...settings, `primary_conninfo=${conninfo}`]);
  await standby.start();
  await query(primary, async (client) => {
    const streams = "SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'";
    while ((await client.query(streams, [name])).rowCount === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  return standby;
}

/** Makes a standby the primary. */
export async function promote(standby: PostgresHost): Promise<void> {
  await query(standby, (client) => client.query("SELECT pg_promote(true, 30)"));
}

/** Lets a primary answer each commit only when a standby has it, or no longer. */
export async function setSynchronous(primary: PostgresHost, name: string): Promise<void> {
  await query(primary, async (client) => {
    await client.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
    await client.query("SELECT pg_reload_conf()");
    while (
      (await client.query("SHOW synchronous_standby_names")).rows[0].synchronous_standby_names !== name
    ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
}
