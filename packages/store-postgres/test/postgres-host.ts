import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import pg from "pg";
import { runAs } from "./native-postgres.ts";

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
  /** Starts it, and resolves when a login succeeds. */
  start(): Promise<void>;
  readonly isRunning: boolean;
}

/** The data of a host. */
export const dataOf = ({ directory }: Pick<PostgresHost, "directory">): string => join(directory, "data");

/**
 * Creates a host whose data is there. It is not started.
 *
 * @param settings such as `fsync=off`
 */
export function createHost(native: string, directory: string, settings: readonly string[]): PostgresHost {
  const address = (parameters: Readonly<Record<string, string>>) =>
    `postgres:///postgres?${new URLSearchParams({ host: directory, user: "postgres", ...parameters })}`;

  function launch() {
    const options = ["listen_addresses=", `unix_socket_directories=${directory}`, ...settings];
    const child = spawn(
      join(native, "bin/postgres"),
      ["-D", dataOf({ directory }), ...options.flatMap((option) => ["-c", option])],
      { ...runAs, cwd: directory, stdio: "ignore" },
    );
    return { child, ended: once(child, "exit") };
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
      server = launch();
      while (!(await connects(address({})))) {
        if (server.child.exitCode !== null) throw new Error("PostgreSQL ended when it was started.");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
