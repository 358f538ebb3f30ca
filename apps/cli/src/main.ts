#!/usr/bin/env node

/**
 * Ends the process at once, which takes less time than to let Node take everything down; but not before all that was
 * written has left, and errors of stdout have been reported.
 */
function end(code: number): void {
  process.exitCode = code;
  const { stdout, stderr } = process;
  setImmediate(() => {
    if (stdout.writableLength + stderr.writableLength === 0) process.exit();
  });
}

async function readVersion(): Promise<string> {
  const { createRequire } = await import("node:module");
  return (createRequire(import.meta.url)("../package.json") as { version: string }).version;
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    // Nothing else is loaded for this.
    process.stdout.write(`${await readVersion()}\n`);
    return;
  }
  const { run } = await import("./run.ts");
  end(await run(argv, process, readVersion));
}

main(process.argv.slice(2));
