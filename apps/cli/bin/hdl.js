#!/usr/bin/env node
// Committed, so that npm can link the command before anything is built.
try {
  await import("../dist/main.js");
} catch (error) {
  // Looked for only now, because that takes time.
  const { existsSync } = await import("node:fs");
  if (existsSync(new URL("../dist/main.js", import.meta.url))) throw error;
  console.error(
    "hdl is not built yet. Run npm run build in the folder of the Handlekit repository, then try again.",
  );
  process.exitCode = 1;
}
