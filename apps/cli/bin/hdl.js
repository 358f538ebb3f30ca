#!/usr/bin/env node
// Committed, so that npm can link the command before anything is built.
try {
  await import("../dist/main.js");
} catch (error) {
  if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error(
    "hdl is not built yet. Run npm run build in the folder of the Handlekit repository, then try again.",
  );
  process.exitCode = 1;
}
