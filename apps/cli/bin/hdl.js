#!/usr/bin/env node
// Committed, so that npm can link the command before anything is built.
try {
  require("../dist/main.js");
} catch (error) {
  // Looked for only now, because that takes time.
  if (require("node:fs").existsSync(`${__dirname}/../dist/main.js`)) throw error;
  console.error(
    "hdl is not built yet. Run npm run build in the folder of the Handlekit repository, then try again.",
  );
  process.exitCode = 1;
}
