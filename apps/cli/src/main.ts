#!/usr/bin/env node
import { createRequire } from "node:module";
import { CommanderError } from "commander";
import { EXIT } from "./exit-codes.ts";
import { type Output, reportError } from "./output.ts";
import { createProgram } from "./program.ts";

const outputFor = (json: boolean): Output => ({
  json,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

// The reader of standard output may close it early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.ok);
});

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

try {
  await createProgram(outputFor, interrupt.signal, version).parseAsync();
} catch (error) {
  process.exitCode =
    error instanceof CommanderError
      ? error.exitCode === 0
        ? EXIT.ok
        : EXIT.usage
      : reportError(outputFor(process.argv.includes("--json")), error);
}
