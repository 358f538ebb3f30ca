import type { OpenedStore } from "@handlekit/core/store";
import type { ServiceEvent } from "@handlekit/service";
import type { Settings } from "../settings.ts";
import type { RunningServer } from "../start-server.ts";
import type { WorkerLink } from "../workers/worker-link.ts";
import type { ServerLog } from "./log.ts";
import type { createMetrics, StoreStatistics } from "./metrics.ts";
import { startMetricsServer } from "./metrics-server.ts";
import { createReadiness } from "./readiness.ts";
import { watchCertificate } from "./watch-certificate.ts";
import { watchClock } from "./watch-clock.ts";

/** The watches of a running server, and its metrics and health if it has a port for them. */
export interface Monitor {
  /** The URL of that port. */
  readonly url: string | undefined;
  /** Counts a request. */
  readonly observe: ((event: ServiceEvent) => void) | undefined;
  /** Watches another certificate, PEM, in the place of the one before. */
  watchCertificate(certificate: string, file: string): void;
  /** Is called when the server begins to stop. */
  stop(): void;
  close(): Promise<void>;
}

/** An open store that counts. */
export interface ServedStore extends OpenedStore {
  statistics(): StoreStatistics;
}

/** Loads what makes metrics, if there is a port for them: a hundred files, an eighth of the time of a start. */
export async function loadMetrics({ metricsPort }: Settings): Promise<typeof createMetrics | undefined> {
  return metricsPort === undefined ? undefined : (await import("./metrics.ts")).createMetrics;
}

/** Options of {@link startMonitor}. */
export interface MonitorOptions {
  readonly opened: ServedStore;
  readonly server: RunningServer;
  /** The server's certificate, PEM. */
  readonly certificate: string;
  readonly settings: Settings;
  readonly log: ServerLog;
  /** The first process, if this is one of several: it has the port, and asks. */
  readonly link: WorkerLink | undefined;
  /** Of {@link loadMetrics}: before the server listens, so that the port of the metrics opens together with the others. */
  readonly createMetrics: typeof createMetrics | undefined;
}

/**
 * Watches a running server.
 *
 * @throws HandleError `invalid_options` if the port of the metrics cannot be opened
 */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const { opened, server, certificate, settings, log, link, createMetrics } = options;
  const { metricsPort: port, metricsHost: host } = settings;
  let watch = watchCertificate(certificate, settings.tlsCertificate, log);
  const watchAnother: Monitor["watchCertificate"] = (next, file) => {
    watch.close();
    watch = watchCertificate(next, file, log);
  };
  const closeClock = watchClock(log);
  const closeWatches = () => {
    watch.close();
    closeClock();
  };
  if (port === undefined || createMetrics === undefined) {
    return {
      url: undefined,
      observe: undefined,
      watchCertificate: watchAnother,
      stop() {},
      close: async () => closeWatches(),
    };
  }
  const metrics = createMetrics({
    store: () => opened.statistics(),
    async auditEntries() {
      const { audit } = opened.store;
      if (audit === undefined) return 0;
      return audit.head().then(
        ({ count }) => count,
        // The other metrics are wanted most while the store is away.
        () => undefined,
      );
    },
    connections: () => server.connections(),
    log: log.counts,
    certificateExpires: () => watch.expires,
  });
  const readiness = createReadiness({ state: opened.state, log });
  if (link !== undefined) {
    link.answer({ metrics: metrics.numbers, ready: readiness.check });
    return {
      url: undefined,
      observe: metrics.observe,
      watchCertificate: watchAnother,
      stop: readiness.stop,
      close: async () => closeWatches(),
    };
  }
  try {
    const front = await startMetricsServer({ host, port, metrics, readiness, log });
    return {
      url: front.url,
      observe: metrics.observe,
      watchCertificate: watchAnother,
      stop: readiness.stop,
      async close() {
        closeWatches();
        await front.close();
      },
    };
  } catch (error) {
    closeWatches();
    throw error;
  }
}
