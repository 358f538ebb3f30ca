import type { Worker } from "node:cluster";
import type { Answer, FromWorker, Question, ToWorker } from "./messages.ts";

/** How long a worker may take to answer, in milliseconds. */
const ANSWER_MS = 4000;

let asked = 0;

/** Asks a worker. Resolves to undefined if it ends or does not answer in time. */
function askWorker(worker: Worker, question: Question): Promise<Answer | undefined> {
  const ask = ++asked;
  return new Promise((resolve) => {
    const end = (answer: Answer | undefined) => {
      clearTimeout(timer);
      worker.off("message", hear).off("exit", gone);
      resolve(answer);
    };
    const hear = (message: FromWorker) => {
      if ("ask" in message && message.ask === ask) end(message.answer);
    };
    const gone = () => end(undefined);
    const timer = setTimeout(gone, ANSWER_MS);
    worker.on("message", hear).on("exit", gone);
    const order: ToWorker = { ask, question };
    worker.send(order, (error) => {
      if (error !== null) gone();
    });
  });
}

/** Asks all workers at once. Resolves to the answers of those that answer. */
export async function askWorkers(workers: readonly Worker[], question: Question): Promise<Answer[]> {
  const answers = await Promise.all(workers.map((worker) => askWorker(worker, question)));
  return answers.filter((answer) => answer !== undefined);
}
