import cluster, { type Worker } from "node:cluster";
import { setTimeout } from "node:timers/promises";
import { invalidOptions } from "@handlekit/core";
import type { ServerLog } from "../observe/log.ts";
import { type MetricsServer, startMetricsServer } from "../observe/metrics-server.ts";
import { isDatabase } from "../open-database.ts";
import type { Settings } from "../settings.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { WorkerFailed } from "./worker-failed.ts";

/** The processes that serve. */
export interface RunningWorkers {
  readonly urls: readonly string[];
  readonly metricsUrl: string | undefined;
  /** Lets each process read the settings again. */
  reload(): void;
  /** Replaces one process after the other by a new one; each ends when it has answered its requests. */
  restart(): Promise<void>;
  /** Stops all. */
  close(): Promise<void>;
}

interface Member {
  readonly worker: Worker;
  /** Resolves to its URLs, or rejects with {@link WorkerFailed}. */
  readonly ready: Promise<readonly string[]>;
  readonly ended: Promise<void>;
  readonly isReady: () => boolean;
}

/** A worker that ends sooner than this is started again after a pause of {@link PAUSE_MS}, otherwise at once. */
const SOON_MS = 10_000;
const PAUSE_MS = 1000;
/** Even at once leaves time for the signal that a supervisor sends to all processes. */
const AT_ONCE_MS = 100;
/** How long a worker may take to end after its own deadline, stopTimeout. */
const END_MS = 10_000;

/**
 * Checks that a store can be shared by several processes.
 *
 * @throws HandleError `invalid_options` if there are several, and the store is a file
 */
export function assertShareable({ workers, store }: Settings): void {
  if (workers === 1 || isDatabase(store)) return;
  throw invalidOptions(
    `The setting workers is ${workers}, and the store is an SQLite file, which one process opens at a time: the records in its memory would not be those that another one has changed.`,
    "Leave workers out, or use a PostgreSQL database: --store postgres://user@host/name.",
  );
}

/**
 * Starts the processes that serve a data directory, which listen on the same ports. Those that end are started again.
 *
 * @throws WorkerFailed if they cannot start; none is left then
 */
export async function runWorkers(settings: Settings, log: ServerLog): Promise<RunningWorkers> {
  const { workers: count, metricsPort, metricsHost, stopTimeout } = settings;
  // Loaded before the workers listen, so that the port of the metrics opens together with theirs.
  const ofWorkers = metricsPort === undefined ? undefined : await import("./worker-metrics.ts");
  const members = new Set<Member>();
  let isStopping = false;
  let hasStarted = false;

  function start(): Member {
    const since = performance.now();
    const worker = cluster.fork();
    let isReady = false;
    const ready = new Promise<readonly string[]>((resolve, reject) => {
      worker.on("message", (message: FromWorker) => {
        if (!("urls" in message)) return;
        isReady = true;
        resolve(message.urls);
      });
      worker.once("exit", (code: number | null) => reject(new WorkerFailed(code || 1)));
    });
    ready.catch(() => undefined);
    const ended = new Promise<void>((resolve) => {
      worker.once("exit", (code: number | null, signal: string | null) => {
        resolve();
        const isWanted = !members.delete(member);
        if (isStopping || isWanted || !hasStarted || members.size >= count) return;
        log.error("a worker ended and is started again", { pid: worker.process.pid, code, signal, isReady });
        const lived = performance.now() - since;
        void setTimeout(lived < SOON_MS ? PAUSE_MS : AT_ONCE_MS).then(() => {
          if (!isStopping) start();
        });
      });
    });
    const member: Member = { worker, ready, ended, isReady: () => isReady };
    members.add(member);
    return member;
  }

  // Once it is ready: a worker that does not listen yet would miss the message.
  const order = ({ worker, ready }: Member, message: ToWorker) => {
    const send = () => void (worker.isConnected() && worker.send(message, () => undefined));
    ready.then(send, () => undefined);
  };

  async function stop(member: Member): Promise<void> {
    members.delete(member);
    if (member.isReady()) order(member, "stop");
    else member.worker.process.kill("SIGTERM");
    const late = new AbortController();
    const kill = setTimeout(stopTimeout + END_MS, undefined, { signal: late.signal }).then(
      () => {
        log.error("a worker did not stop in time and is killed", { pid: member.worker.process.pid });
        member.worker.process.kill("SIGKILL");
      },
      () => undefined,
    );
    await member.ended;
    late.abort();
    await kill;
  }

  async function stopAll(): Promise<void> {
    isStopping = true;
    await Promise.all([...members].map(stop));
  }

  const present = () => [...members].filter(({ isReady }) => isReady()).map(({ worker }) => worker);
  let urls: readonly string[];
  let metrics: MetricsServer | undefined;
  try {
    // The first one alone, because the others would all say the same if it cannot start.
    urls = await start().ready;
    await Promise.all(Array.from({ length: count - 1 }, () => start().ready));
    if (metricsPort !== undefined && ofWorkers !== undefined) {
      metrics = await startMetricsServer({
        host: metricsHost,
        port: metricsPort,
        metrics: ofWorkers.workerMetrics(present),
        readiness: ofWorkers.workerReadiness(present, () => isStopping),
        log,
      });
    }
  } catch (error) {
    await stopAll();
    throw error;
  }
  hasStarted = true;

  async function restart(): Promise<void> {
    const old = [...members];
    log.info("restarting the workers one by one", { workers: old.length });
    for (const member of old) {
      if (isStopping) return;
      const next = start();
      try {
        await next.ready;
      } catch {
        if (isStopping) return;
        log.error("a new worker could not start; those that are left go on as they are");
        return;
      }
      await stop(member);
    }
    log.info("the workers are restarted");
  }

  let restarting = Promise.resolve();
  return {
    urls,
    metricsUrl: metrics?.url,
    reload() {
      for (const member of members) order(member, "reload");
    },
    restart() {
      restarting = restarting.then(restart);
      return restarting;
    },
    async close() {
      await stopAll();
      await metrics?.close();
    },
  };
}
