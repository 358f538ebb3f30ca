/** The numbers of a worker's metrics, as the registry of prom-client returns them. */
export type MetricNumbers = readonly object[];

/** A question of the first process to a worker. */
export type Question = "metrics" | "ready";

/** The answer to a {@link Question}. */
export interface Answer {
  readonly metrics?: MetricNumbers | undefined;
  /** Why the worker should get no requests; undefined if it is ready. */
  readonly reason?: string | undefined;
}

/** A message of the first process to a worker. */
export type ToWorker = { readonly ask: number; readonly question: Question } | "reload" | "stop";

/** A message of a worker to the first process. */
export type FromWorker =
  | { readonly urls: readonly string[] }
  | { readonly ask: number; readonly answer: Answer };
