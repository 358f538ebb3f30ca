import type { Logger } from "@handlekit/core";
import { createLineWriter } from "./observe/line-writer.ts";
import { createJsonLog } from "./observe/log.ts";
import type { ServeCommand } from "./program.ts";
import { readSettings } from "./read-settings.ts";
import { serve } from "./serve.ts";
import { readServerFiles } from "./server-files.ts";
import { assertShareable, runWorkers } from "./workers/run-workers.ts";
import { workerLink } from "./workers/worker-link.ts";

/** Calls a function at the first of these signals. */
function once(signals: readonly NodeJS.Signals[], stop: () => Promise<void>, log: Logger): () => void {
  let stopped = false;
  const stopOnce = () => {
    if (stopped) return;
    stopped = true;
    stop().catch((error: unknown) => {
      log.error("could not stop cleanly", { error });
      process.exitCode = 1;
    });
  };
  for (const signal of signals) process.once(signal, stopOnce);
  return stopOnce;
}

const sayReady = (facts: object) => {
  process.stdout.write(`${JSON.stringify({ ready: true, ...facts })}\n`);
};

/**
 * Creates `hdl-server serve`: one process, or a first one that starts the others and serves nothing itself. SIGHUP reloads,
 * SIGUSR2 restarts the others one by one, SIGTERM and SIGINT stop.
 */
export function createServeCommand(environment: Readonly<Record<string, string | undefined>>): ServeCommand {
  return async (directory, flags) => {
    const link = workerLink();
    let reload = () => {};
    let restart = () => {};
    // From now on, because without a listener these signals end the process.
    process.on("SIGHUP", () => link === undefined && reload());
    process.on("SIGUSR2", () => restart());
    const settings = await readSettings(directory, flags, environment);
    assertShareable(settings);
    const isFirst = settings.workers > 1 && link === undefined;
    const fields = link === undefined ? null : { pid: process.pid };
    const log = createJsonLog(createLineWriter(2), settings.logLevel, fields);

    if (isFirst) {
      // Creates the keys that are missing, once for all.
      await readServerFiles(directory, settings, { log, environment });
      const workers = await runWorkers(settings, log);
      reload = workers.reload;
      restart = () => void workers.restart();
      once(["SIGTERM", "SIGINT"], workers.close, log);
      sayReady({ urls: workers.urls, metrics: workers.metricsUrl, workers: settings.workers });
      return;
    }

    const server = await serve(directory, settings, log, environment, { link });
    reload = () => void server.reload(() => readSettings(directory, flags, environment));
    if (link === undefined) {
      restart = () => log.warn("SIGUSR2 restarts workers one by one, and the setting workers is 1");
      once(["SIGTERM", "SIGINT"], server.close, log);
      sayReady({ urls: server.urls, metrics: server.metricsUrl });
      return;
    }
    // A terminal sends SIGINT to all processes; the first one tells the others when to stop.
    process.on("SIGINT", () => {});
    const stop = once(["SIGTERM"], () => server.close().finally(link.disconnect), log);
    link.on({ reload: () => reload(), stop });
    link.ready(server.urls);
  };
}
