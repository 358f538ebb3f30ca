import { defineConfig } from "vitest/config";

/** Files whose tests compare times, or what a server needs under attack: nothing else runs beside them. */
const ALONE = ["tests/attack/{attacks,log,soak}.itest.ts"];
const ALONE_PACKAGES = ["packages/transport/test/timeouts.itest.ts"];

/** Files whose tests mostly wait, for a server that is killed or an answer that does not come, or take long: four at a time. */
const WAITING = [
  "tests/{attack,faults,fuzz}/**/*.itest.ts",
  "tests/scripts/{canary,test-script}.itest.ts",
  "tests/system/{attacks,chromium,cli-terminal,guessing}.itest.ts",
];
const WAITING_PACKAGES = [
  "packages/transport/test/repeat.itest.ts",
  "packages/client/test/{bulk,hostile-*,outcomes}.itest.ts",
  "packages/store-sqlite/test/open-sqlite.itest.ts",
];

const integration = { testTimeout: 180_000, hookTimeout: 120_000 };

const twoAtATime = { maxWorkers: 2, sequence: { groupOrder: 1 } };
const alone = { maxWorkers: 1, sequence: { groupOrder: 3 } };
const waiting = { maxWorkers: 4, sequence: { groupOrder: 2 } };

const conditions = ["@handlekit/source"];
/** Tests of a package import its source. */
const ofSource = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/** Tests of the whole system import what is built, which Node loads by itself: a second less for each file. */
const ofBuild = {
  server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  globalSetup: "tests/support/shared-setup.ts",
};

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
          exclude: [...ALONE_PACKAGES, ...WAITING_PACKAGES],
          ...twoAtATime,
        },
      },
      {
        extends: true,
        test: {
          ...integration,
          ...ofBuild,
          name: "integration",
          include: ["tests/**/*.itest.ts"],
          exclude: [...ALONE, ...WAITING],
          ...twoAtATime,
        },
      },
      {
        extends: true,
        ...ofSource,
        test: { ...integration, name: "packages waiting", include: WAITING_PACKAGES, ...waiting },
      },
      {
        extends: true,
        test: {
          ...integration,
          ...ofBuild,
          name: "waiting",
          include: WAITING,
          exclude: ALONE,
          ...waiting,
        },
      },
      {
        extends: true,
        ...ofSource,
        test: { ...integration, name: "packages alone", include: ALONE_PACKAGES, ...alone },
      },
      {
        extends: true,
        test: {
          ...integration,
          ...ofBuild,
          name: "alone",
          include: ALONE,
          ...alone,
        },
      },
    ],
  },
});
