#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { HandleError, isHandleError, secret } from "@handlekit/core";
import { CommanderError } from "commander";
import { createClientCommands } from "./clients/client-commands.ts";
import { init } from "./init/init.ts";
import { createJsonLog } from "./log.ts";
import { createProgram } from "./program.ts";
import { readSettings } from "./read-settings.ts";
import { serve } from "./serve.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
const talk = (text: string) => process.stderr.write(`${text}\n`);

async function readPassword(path: string) {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new HandleError("invalid_options", { message: `The password file ${path} cannot be read.`, cause });
  });
  const text = bytes.toString("utf8").replace(/\r?\n$/, "");
  if (!/^[A-Za-z0-9\-._~]{8,}$/.test(text)) {
    throw new HandleError("invalid_options", {
      message: `The password in ${path} cannot be used.`,
      hint: "Take 8 or more of A-Z a-z 0-9 - . _ ~: other characters are sent differently by different clients.",
    });
  }
  return secret(text);
}

const program = createProgram(
  {
    async init(directory, { prefix, user, url, passwordFile }) {
      const made = await init(directory, {
        prefix,
        ...(user === undefined ? {} : { user }),
        ...(url === undefined ? {} : { url }),
        ...(passwordFile === undefined ? {} : { password: await readPassword(passwordFile) }),
      });
      talk(`Made ${made.directory}, readable by you alone:`);
      talk(`  user and password     ${made.passwordCredentials}`);
      talk(`  client certificate    ${made.certificateCredentials}`);
      talk(`Start it:   hdl-server serve ${directory}`);
      talk(
        `Then:       hdl create ${prefix}/first URL=https://example.org/ --credentials ${made.passwordCredentials}`,
      );
    },
    async serve(directory, flags) {
      const log = createJsonLog((line) => process.stderr.write(line));
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
    clients: createClientCommands(process.env, {
      print: (text) => process.stdout.write(`${text}\n`),
      talk,
    }),
  },
  version,
);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (isHandleError(error)) {
    talk(`hdl-server: ${error.message}`);
    if (error.hint !== undefined) talk(`            ${error.hint}`);
    process.exitCode = 2;
  } else throw error;
}
