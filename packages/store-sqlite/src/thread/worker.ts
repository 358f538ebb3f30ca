// The thread that writes, or one that searches. The build makes a file of its own of it.
import { parentPort, workerData } from "node:worker_threads";
import { isHandleError } from "@handlekit/core";
import type { SqlDriver } from "../driver/driver.ts";
import { openDriver } from "../driver/open-driver.ts";
import { plainFailure } from "../failure.ts";
import { closeFile } from "../file/close-file.ts";
import { prepareReader, prepareSchema } from "../file/schema.ts";
import { createFind } from "../search/find-step.ts";
import { createIndexBuilder } from "../write/build-index.ts";
import { createWriter } from "../write/writer.ts";
import type { Call, Failure, Message, Numbered, ThreadData } from "./messages.ts";

const { role, file } = workerData as ThreadData;
const send = (message: Message) => parentPort?.postMessage(message);

function failureIn(error: unknown): Failure {
  if (!isHandleError(error)) return { failure: plainFailure(error) };
  const { code, message, hint, responseCode, retryable } = error;
  return { refusal: { code, details: { message, hint, responseCode, retryable } } };
}

/** Prepares the work of the thread on an open file. */
function prepare(driver: SqlDriver): (call: Call) => unknown {
  if (role === "search") {
    prepareReader(driver);
    const find = createFind(driver);
    return (call) => {
      if ("find" in call) return find(call.find);
      if ("close" in call) return driver.close();
      throw new Error("This thread only searches.");
    };
  }
  prepareSchema(driver, file);
  const writer = createWriter(driver);
  const index = createIndexBuilder(writer, ({ waiting, error }) =>
    send({ progress: error === undefined ? { waiting } : { error: plainFailure(error) } }),
  );
  return (call) => {
    if ("write" in call) {
      const outcomes = writer.write(call.write);
      index.wrote();
      return outcomes;
    }
    if ("extendIndex" in call) {
      writer.extendIndex(call.extendIndex);
      return writer.unindexed();
    }
    if ("find" in call) throw new Error("This thread only writes.");
    index.stop();
    return closeFile(driver);
  };
}

try {
  const driver = await openDriver(file);
  try {
    const work = prepare(driver);
    parentPort?.on("message", (call: Numbered) => {
      try {
        send({ id: call.id, result: work(call) as never });
      } catch (error) {
        send({ id: call.id, ...failureIn(error) });
      }
    });
    send({ ready: true });
  } catch (error) {
    driver.close();
    throw error;
  }
} catch (error) {
  send({ ready: false, ...failureIn(error) });
}
