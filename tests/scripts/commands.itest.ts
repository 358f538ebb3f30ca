import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createFolder } from "./support.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a committed command of a copy of an app, beside which something is built, or nothing. */
function run(app: string, name: string, built: string | undefined, ...args: readonly string[]) {
  const folder = createFolder();
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  cpSync(join(repository, "apps", app, "bin"), join(folder, "bin"), { recursive: true });
  if (built !== undefined) {
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/main.js"), built);
  }
  const { status, stdout, stderr } = spawnSync(join(folder, `bin/${name}.js`), args, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test.each([
  ["cli", "hdl"],
  ["server", "hdl-server"],
])("the command of %s runs what is built, and says so when nothing is", (app, name) => {
  const manifest = JSON.parse(readFileSync(join(repository, "apps", app, "package.json"), "utf8"));
  expect(manifest.bin).toEqual({ [name]: `./bin/${name}.js` });
  expect(statSync(join(repository, `apps/${app}/bin/${name}.js`)).mode & 0o111).toBe(0o111);

  const missing = run(app, name, undefined);
  expect(missing.stderr).toMatch(new RegExp(`^${name} is not built yet. Run npm run build .*\\n$`));
  expect(missing).toMatchObject({ status: 1, stdout: "" });

  const built = run(app, name, "console.log(process.argv.slice(2).join());\nprocess.exitCode = 6;", "a", "b");
  expect(built).toEqual({ status: 6, stdout: "a,b\n", stderr: "" });

  const broken = run(app, name, 'import "nothing-of-that-name";');
  expect(broken.stderr).toContain("nothing-of-that-name");
  expect(broken.status).toBe(1);
});
