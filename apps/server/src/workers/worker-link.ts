import cluster from "node:cluster";
import type { Answer, FromWorker, MetricNumbers, Question, ToWorker } from "./messages.ts";

/** The first process, as a worker sees it. */
export interface WorkerLink {
  /** Tells that the worker serves. */
  ready(urls: readonly string[]): void;
  /** Sets what the worker answers about itself. Before, and without, it is ready and has no metrics. */
  answer(sources: { metrics(): Promise<MetricNumbers>; ready(): Promise<string | undefined> }): void;
  /** Is called for the orders of the first process. */
  on(orders: { reload(): void; stop(): void }): void;
  /** Lets the worker end. */
  disconnect(): void;
}

/** Returns the link to the first process; undefined if this process is not one of several. */
export function workerLink(): WorkerLink | undefined {
  if (!cluster.isWorker) return undefined;
  let sources: Parameters<WorkerLink["answer"]>[0] | undefined;
  const send = (message: FromWorker) => {
    // The first process may be gone; then this one ends, too.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const answerTo = async (question: Question): Promise<Answer> => {
    if (question === "ready") return { reason: await sources?.ready() };
    return { metrics: (await sources?.metrics()) ?? [] };
  };
  return {
    ready: (urls) => send({ urls }),
    answer(next) {
      sources = next;
    },
    on(orders) {
      process.on("message", (message: ToWorker) => {
        if (typeof message === "string") return orders[message]?.();
        if (message.ask === undefined) return;
        const { ask, question } = message;
        answerTo(question).then(
          (answer) => send({ ask, answer }),
          () => send({ ask, answer: { reason: "The worker cannot answer; its log says why." } }),
        );
      });
    },
    disconnect: () => process.disconnect?.(),
  };
}
