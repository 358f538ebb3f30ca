import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { runAs } from "./native-postgres.ts";
import { withSmallDisk } from "./small-disk.ts";

const MAX_STARTS = 200;

/** Resolves to whether a login succeeds. */
export async function connects(connectionString: string): Promise<boolean> {
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

/** A PostgreSQL with its data and its socket in a directory. */
export interface PostgresHost {
  readonly directory: string;
  /** The folder of its programs. */
  readonly native: string;
  /** The address of the database for a user. */
  address(parameters: Readonly<Record<string, string>>): string;
  /** Ends it: SIGQUIT without writing anything, as a crash does, with the processes of all connections. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it, also after `end`, and resolves when a login succeeds. */
  start(): Promise<void>;
  readonly isRunning: boolean;
}

/** The data of a host. */
export const dataOf = ({ directory }: Pick<PostgresHost, "directory">): string => join(directory, "data");

/**
 * Creates a host whose data is there. It is not started.
 *
 * @param settings such as `fsync=off`
 * @param smallDisk the size of a disk in the folder `small` beside its socket, in MB. Default none
 */
export function createHost(
  native: string,
  directory: string,
  settings: readonly string[],
  smallDisk?: number,
): PostgresHost {
  const address = (parameters: Readonly<Record<string, string>>) =>
    `postgres:///postgres?${new URLSearchParams({ host: directory, user: "postgres", ...parameters })}`;

  const options = ["listen_addresses=", `unix_socket_directories=${directory}`, ...settings];
  const plain = [
    join(native, "bin/postgres"),
    "-D",
    dataOf({ directory }),
    ...options.flatMap((option) => ["-c", option]),
  ];
  const small = join(directory, "small");
  if (smallDisk !== undefined) mkdirSync(small);
  const [program = "", ...args] = smallDisk === undefined ? plain : withSmallDisk(small, smallDisk, plain);

  function launch() {
    const child = spawn(program, args, {
      ...(smallDisk === undefined ? runAs : {}),
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said = { last: "" };
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.last = (said.last + text).slice(-2000);
    });
    return { child, said, ended: once(child, "exit") };
  }

  let server: ReturnType<typeof launch> | undefined;
  return {
    directory,
    native,
    address,
    get isRunning() {
      return server !== undefined && server.child.exitCode === null && server.child.signalCode === null;
    },
    async end(signal) {
      server?.child.kill(signal);
      await server?.ended;
    },
    async start() {
      // After SIGKILL the processes of connections live on for a moment, and a server does not start beside them.
      let attempts = server === undefined ? 1 : MAX_STARTS;
      server = launch();
      while (!(await connects(address({})))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (server.child.exitCode === null) continue;
        if (--attempts === 0) throw new Error(`PostgreSQL ended when it was started: ${server.said.last}`);
        server = launch();
      }
    },
  };
}
