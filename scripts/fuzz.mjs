// Runs the fuzz targets of tests/fuzz for some minutes. node scripts/fuzz.mjs [--minutes N] [--only NAME] [--seed N]
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { REPOSITORY } from "./lib/workspaces.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    only: { type: "string" },
    seed: { type: "string" },
  },
});
const seconds = Number(values.minutes) * 60;
const seed = values.seed === undefined ? randomInt(2 ** 31 - 1) : Number(values.seed);

if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error("--minutes is a number above 0, for all targets together; --seed is a whole number.");
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [join(REPOSITORY, "scripts/test.mjs"), "tests/fuzz/fuzz.itest.ts"], {
    cwd: REPOSITORY,
    stdio: "inherit",
    env: {
      ...process.env,
      HANDLEKIT_FUZZ_SECONDS: String(seconds),
      ...(values.only !== undefined && { HANDLEKIT_FUZZ_ONLY: values.only }),
      HANDLEKIT_FUZZ_SEED: String(seed),
    },
  });
  child.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
}
