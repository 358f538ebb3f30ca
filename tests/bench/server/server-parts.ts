// The parts of hdl-server that the benchmark puts together; server.mjs bundles this file. The packages stay outside the
// bundle, so that what is measured is what is built.
export { init } from "../../../apps/server/src/init/init.ts";
export { createLineWriter } from "../../../apps/server/src/observe/line-writer.ts";
export { createJsonLog } from "../../../apps/server/src/observe/log.ts";
export { settingsSchema } from "../../../apps/server/src/settings.ts";
export { startServer } from "../../../apps/server/src/start-server.ts";
