#!/usr/bin/env node
// Committed, so that npm can link the command before anything is built.
import { existsSync } from "node:fs";

const built = new URL("../dist/main.js", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error(
    "hdl is not built yet. Run npm run build in the folder of the Handlekit repository, then try again.",
  );
  process.exitCode = 1;
}
