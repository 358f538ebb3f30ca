#!/usr/bin/env node
import { createRequire } from "node:module";
import { HandleError, invalidOptions, isHandleError, secret } from "@handlekit/core";
import { CommanderError } from "commander";
import { createClientCommands } from "./clients/client-commands.ts";
import { init } from "./init/init.ts";
import { createLineWriter } from "./line-writer.ts";
import { createJsonLog } from "./log.ts";
import { createProgram } from "./program.ts";
import { readSettings } from "./read-settings.ts";
import { readSecretFile } from "./secret-file.ts";
import { serve } from "./serve.ts";
import { createTransferCommands } from "./transfer/transfer-commands.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
const note = (text: string) => process.stderr.write(`${text}\n`);

async function readPassword(path: string) {
  const text = await readSecretFile(path, "password file", note);
  if (!/^[A-Za-z0-9\-._~]{8,}$/.test(text)) {
    throw invalidOptions(
      `The password in ${path} is too short or contains other characters than A-Z a-z 0-9 - . _ ~.`,
      "Use at least 8 of these characters: clients encode other characters in different ways.",
    );
  }
  return secret(text);
}

/** A second signal of the same kind ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new HandleError("aborted", { message: "Stopped." }));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  return controller.signal;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

const program = createProgram(
  {
    async init(directory, { prefix, user, url, host, passwordFile }) {
      const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
      const created = await init(directory, { prefix, user, url, host, password });
      note(`Created ${created.directory}, which only you can read:`);
      note(`  user and password     ${created.passwordCredentials}`);
      note(`  client certificate    ${created.certificateCredentials}`);
      note(
        `It will listen on ${created.host}, port ${created.port}; change "host" in its config.json for another address.`,
      );
      if (!created.reachable) {
        note(
          `Only this machine can reach it there, not ${url}. For every interface, set "host" to "0.0.0.0".`,
        );
      }
      note(`Start it:   hdl-server serve ${directory}`);
      note(
        `Then:       hdl create ${prefix}/first URL=https://example.org/ --credentials ${created.passwordCredentials}`,
      );
    },
    async serve(directory, flags) {
      const log = createJsonLog(createLineWriter(2));
      // The line "ready" may have no reader.
      process.stdout.on("error", () => {});
      const server = await serve(
        directory,
        await readSettings(directory, flags, process.env),
        log,
        process.env,
      );
      process.stdout.write(`${JSON.stringify({ ready: true, urls: server.urls })}\n`);
      const stop = () => {
        server.close().catch((error: unknown) => {
          log.error("could not stop cleanly", { error });
          process.exitCode = 1;
        });
      };
      process.once("SIGTERM", stop);
      process.once("SIGINT", stop);
    },
    clients: createClientCommands(process.env, { print, note }),
    transfer: createTransferCommands({ environment: process.env, print, note, stopSignal }),
  },
  version,
);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (isHandleError(error)) {
    note(`hdl-server: ${error.message}`);
    if (error.hint !== undefined) note(`            ${error.hint}`);
    process.exitCode = 2;
  } else throw error;
}
