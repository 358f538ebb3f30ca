import { defineConfig } from "vitest/config";

const conditions = ["@handlekit/source"];

/** Files whose tests measure times, fill the machine or read what runs on it: nothing else runs beside them. */
const ALONE = [
  "tests/{attack,faults,fuzz,scripts}/**/*.itest.ts",
  "tests/system/{attacks,chromium,cli-terminal,guessing}.itest.ts",
  "packages/{transport,client}/test/**/*.itest.ts",
];

const integration = { testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    coverage: { provider: "v8", include: ["{packages,apps}/*/src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{packages,apps}/*/test/**/*.test.ts"],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...integration,
          name: "integration",
          include: ["{packages,apps}/*/test/**/*.itest.ts", "tests/**/*.itest.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...integration,
          name: "alone",
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
