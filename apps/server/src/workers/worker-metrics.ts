import type { Worker } from "node:cluster";
import { AggregatorRegistry, Registry } from "prom-client";
import type { Metrics } from "../observe/metrics.ts";
import type { Readiness } from "../observe/readiness.ts";
import { askWorkers } from "./ask-workers.ts";

/** Returns the metrics of all workers together, each by its aggregator, most of them as sums. */
export function workerMetrics(workers: () => readonly Worker[]): Pick<Metrics, "contentType" | "text"> {
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    async text() {
      const answers = await askWorkers(workers(), "metrics");
      return AggregatorRegistry.aggregate(answers.map(({ metrics = [] }) => [...metrics])).metrics();
    },
  };
}

/** Returns the check whether at least one of the workers is ready. */
export function workerReadiness(
  workers: () => readonly Worker[],
  isStopping: () => boolean,
): Pick<Readiness, "check"> {
  return {
    async check() {
      if (isStopping()) return "The server is stopping.";
      const answers = await askWorkers(workers(), "ready");
      if (answers.some(({ reason }) => reason === undefined)) return undefined;
      return answers[0]?.reason ?? "No worker answers.";
    },
  };
}
