#!/usr/bin/env node
import { createRequire } from "node:module";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Nothing else is loaded for this.
  const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
  process.stdout.write(`${version}\n`);
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(argv, process);
}
