// The settings of vitest for scripts/stress-properties.mjs: one project, no time-out, fast-check replaced.
import { fileURLToPath } from "node:url";

const conditions = ["@handlekit/source"];
const replacement = fileURLToPath(new URL("fast-check.mjs", import.meta.url));

const config = {
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { conditions, alias: [{ find: /^fast-check$/, replacement }] },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages,apps}/*/test/**/*.{test,itest}.ts", "tests/**/*.itest.ts"],
    testTimeout: 0,
    hookTimeout: 0,
    maxWorkers: 1,
  },
};

// biome-ignore lint/style/noDefaultExport: vitest reads it.
export { config as default };
