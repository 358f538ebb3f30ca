import { defineConfig } from "vitest/config";

const conditions = ["@handlekit/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    coverage: { provider: "v8", include: ["{packages,apps}/*/src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{packages,apps}/*/test/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{packages,apps}/*/test/**/*.itest.ts", "tests/**/*.itest.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
