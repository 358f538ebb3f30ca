import { defineConfig } from "vitest/config";

/**
 * Files whose tests measure times, fill the machine, read what runs on it or replace modules: nothing else runs beside
 * them.
 */
const ALONE = [
  "tests/{attack,faults,fuzz}/**/*.itest.ts",
  "tests/scripts/{canary,test-script}.itest.ts",
  "tests/system/{attacks,chromium,cli-terminal,guessing}.itest.ts",
  "packages/transport/test/{repeat,timeouts}.itest.ts",
  "packages/client/test/{bulk,hostile-*,outcomes}.itest.ts",
  "packages/store-sqlite/test/open-sqlite.itest.ts",
];

const integration = { testTimeout: 120_000, hookTimeout: 60_000 };

const conditions = ["@handlekit/source"];
/** Tests of a package import its source. */
const ofSource = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/** Tests of the whole system import what is built, which Node loads by itself: a second less for each file. */
const ofBuild = { server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } } };

// Two thirds of the time of most files of packages were imports. None of them leaves anything in a module, so those of
// one worker share the modules. Tests of the whole system spend their time in processes of their own.
const shared = { isolate: false };

export default defineConfig({
  test: {
    coverage: { provider: "v8", include: ["{packages,apps}/*/src/**/*.ts"] },
    projects: [
      {
        extends: true,
        ...ofSource,
        test: {
          ...shared,
          name: "unit",
          include: ["{packages,apps}/*/test/**/*.test.ts"],
          testTimeout: 60_000,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        ...ofSource,
        test: {
          ...integration,
          ...shared,
          name: "packages",
          include: ["{packages,apps}/*/test/**/*.itest.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...integration,
          ...ofBuild,
          name: "integration",
          include: ["tests/**/*.itest.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...integration,
          ...ofBuild,
          name: "alone",
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
