#!/usr/bin/env node
import cluster from "node:cluster";
import { createRequire } from "node:module";
import { HandleError, isHandleError } from "@handlekit/core";
import { CommanderError } from "commander";
import { createAuditCommands } from "./audit/audit-commands.ts";
import { createCareCommands } from "./care/care-commands.ts";
import { createClientCommands } from "./clients/client-commands.ts";
import { createConfigCommand } from "./config/config-command.ts";
import { createInitCommand } from "./init/init-command.ts";
import { createPrefixCommands } from "./prefixes/prefix-commands.ts";
import { createProgram } from "./program.ts";
import { createSessionCommands } from "./sessions/session-commands.ts";
import { createSiteinfoCommand } from "./siteinfo/siteinfo-command.ts";
import { createTransferCommands } from "./transfer/transfer-commands.ts";
import { createUserCommands } from "./users/user-commands.ts";
import { WorkerFailed } from "./workers/worker-failed.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
const note = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);
const context = { environment: process.env, print, note };

/**
 * Says once that stdout cannot be written. That its reader has ended, as head does, is no failure. Without listeners, Node
 * ends the process in the middle of its work.
 */
function watchOutput(): void {
  let isSaid = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // An export has a listener of its own, because it must be complete.
    if (isSaid || error.code === "EPIPE" || process.stdout.listenerCount("error") > 1) return;
    isSaid = true;
    note(`hdl-server: Standard output cannot be written (${error.code ?? error.message}).`);
    process.once("exit", () => {
      process.exitCode = 2;
    });
  });
  process.stderr.on("error", () => {});
}

/** A second signal of the same kind ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new HandleError("aborted", { message: "Stopped." }));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  return controller.signal;
}

const program = createProgram(
  {
    init: createInitCommand(note),
    async serve(directory, flags) {
      // Only this command has a service and a log of its own.
      const { createServeCommand } = await import("./serve-command.ts");
      await createServeCommand(process.env)(directory, flags);
    },
    config: createConfigCommand(context),
    users: createUserCommands(context),
    prefixes: createPrefixCommands(context),
    sessions: createSessionCommands(context),
    transfer: createTransferCommands({ ...context, stopSignal }),
    audit: createAuditCommands({ ...context, stopSignal }),
    care: createCareCommands({ ...context, stopSignal }, version),
    siteinfo: createSiteinfoCommand(context),
    clients: createClientCommands(context),
  },
  version,
);

watchOutput();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (isHandleError(error)) {
    note(`hdl-server: ${error.message}`);
    if (error.hint !== undefined) note(`            ${error.hint}`);
    process.exitCode = 2;
  } else if (error instanceof WorkerFailed) process.exitCode = error.exitCode;
  else throw error;
  // Without it, the link to the first process keeps a worker alive.
  if (cluster.isWorker) process.disconnect();
}
