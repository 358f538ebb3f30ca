import type { ServiceEvent } from "@handlekit/service";
import type { PostgresStatistics } from "@handlekit/store-postgres";
import type { SqliteStatistics } from "@handlekit/store-sqlite";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ConnectionCounts } from "../connections.ts";
import type { MetricNumbers } from "../workers/messages.ts";
import type { LogCounts } from "./log.ts";
import { createRequestMetrics } from "./request-metrics.ts";

/** The counters of a store. Only a database has connections. */
export type StoreStatistics = SqliteStatistics & Partial<Pick<PostgresStatistics, "connections">>;

/** The numbers that the metrics show beside those of requests. They are read when the metrics are. */
export interface MetricSources {
  readonly store: () => StoreStatistics;
  /** The number of the last entry of the audit; undefined if the store cannot be read now. */
  readonly auditEntries: () => Promise<number | undefined>;
  readonly connections: () => ConnectionCounts;
  /** Default none: the log does not count. */
  readonly log: (() => LogCounts) | undefined;
  /** The end of the validity of the server's certificate, in milliseconds since 1970. */
  readonly certificateExpires: () => number;
}

/** The metrics of a server. */
export interface Metrics {
  /** Counts a request, in a fraction of a microsecond. */
  observe(event: ServiceEvent): void;
  /** The media type of {@link Metrics.text}. */
  readonly contentType: string;
  /** Resolves to all metrics in Prometheus' text format. */
  text(): Promise<string>;
  /** Resolves to all metrics as objects, to be added to those of other processes. */
  numbers(): Promise<MetricNumbers>;
}

/** A name, a description and the function that reads the value; undefined leaves that of before. */
type Reading = readonly [
  name: string,
  help: string,
  read: () => number | undefined | Promise<number | undefined>,
  /** How the numbers of several processes become one. Default their sum. */
  aggregator?: "max" | "min",
];

function addCounters(registry: Registry, readings: readonly Reading[]): void {
  for (const [name, help, read, aggregator = "sum"] of readings) {
    new Counter({
      name,
      help,
      aggregator,
      registers: [registry],
      async collect() {
        const value = await read();
        if (value === undefined) return;
        this.reset();
        this.inc(value);
      },
    });
  }
}

function addGauges(registry: Registry, readings: readonly Reading[]): void {
  for (const [name, help, read, aggregator = "sum"] of readings) {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [registry],
      async collect() {
        const value = await read();
        if (value !== undefined) this.set(value);
      },
    });
  }
}

/** Adds a counter with one label, whose values are the names in a record. */
function addCounterOf(
  registry: Registry,
  { name, help, label }: { readonly name: string; readonly help: string; readonly label: string },
  read: () => Readonly<Record<string, number>>,
): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
    },
  });
}

function addStore(registry: Registry, store: () => StoreStatistics): void {
  addCounters(registry, [
    ["hdl_store_reads_total", "Records that were read, from memory or from the store.", () => store().reads],
    ["hdl_store_cache_hits_total", "Records that were read from memory.", () => store().cacheHits],
    ["hdl_store_groups_total", "Groups of writes: one transaction each.", () => store().groups],
    ["hdl_store_writes_total", "Writes in all groups.", () => store().writes],
    [
      "hdl_store_failed_groups_total",
      "Groups that failed: nothing of them was written.",
      () => store().failedGroups,
    ],
    ["hdl_store_write_seconds_total", "Time of all groups.", () => store().writeMilliseconds / 1000],
  ]);
  addGauges(registry, [
    ["hdl_store_cache_bytes", "Memory of the records that are kept, estimated.", () => store().cacheBytes],
  ]);
  if (store().connections === undefined) return;
  const connections = () => store().connections ?? { open: 0, inUse: 0, waiting: 0 };
  addGauges(registry, [
    ["hdl_store_connections_open", "Connections to the database.", () => connections().open],
    ["hdl_store_connections_in_use", "Those of them that run a statement.", () => connections().inUse],
    ["hdl_store_connections_waiting", "Statements that wait for a connection.", () => connections().waiting],
  ]);
}

function addLog(registry: Registry, counts: () => LogCounts): void {
  const what = { name: "hdl_log_lines_total", help: "Lines of the log, lost ones too.", label: "level" };
  addCounterOf(registry, what, () => ({ ...counts().lines }));
  addCounters(registry, [
    ["hdl_log_lines_lost_total", "Lines of the log that could not be written.", () => counts().lost],
  ]);
}

/** Creates the metrics of a server, in a registry of their own. No label holds what a client chose. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const { observe } = createRequestMetrics(registry);
  addStore(registry, sources.store);
  addCounters(registry, [
    ["hdl_audit_entries_total", "Number of the last entry of the audit.", sources.auditEntries, "max"],
  ]);
  addCounterOf(
    registry,
    {
      name: "hdl_connections_refused_total",
      help: "Connections that were refused, by the setting that limits them.",
      label: "setting",
    },
    () => ({ ...sources.connections().refused }),
  );
  addGauges(registry, [
    ["hdl_connections_open", "Open connections.", () => sources.connections().open],
    [
      "hdl_certificate_expiry_timestamp_seconds",
      "End of the validity of the server's certificate, in seconds since 1970.",
      () => sources.certificateExpires() / 1000,
      "min",
    ],
  ]);
  if (sources.log !== undefined) addLog(registry, sources.log);
  collectDefaultMetrics({ register: registry });
  return {
    observe,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    numbers: () => registry.getMetricsAsJSON(),
  };
}
