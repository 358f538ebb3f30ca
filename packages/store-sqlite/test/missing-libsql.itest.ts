import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const folderOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const PROGRAM = `
import { openSqlite } from "@handlekit/store-sqlite";
const [file] = process.argv.slice(2);
const shown = await openSqlite({ file }).then(
  ({ close }) => close(),
  ({ code, message, hint }) => ({ code, message, hint }),
);
console.log(JSON.stringify(shown ?? "opened"));
`;

it("says what to install where libsql is missing and needed", () => {
  const program = tempFile("program.mjs");
  const ours = join(dirname(program), "node_modules/@handlekit");
  // A copy, beside which there is no libsql, as there is beside the package itself.
  for (const name of ["dist", "package.json"]) {
    cpSync(join(folderOf("store-sqlite"), name), join(ours, "store-sqlite", name), { recursive: true });
  }
  mkdirSync(ours, { recursive: true });
  symlinkSync(folderOf("core"), join(ours, "core"));
  writeFileSync(program, PROGRAM);

  const file = tempFile();
  const shown: unknown = JSON.parse(execFileSync(process.execPath, [program, file], { encoding: "utf8" }));
  const isBuiltIn = Number.parseInt(process.versions.node, 10) >= 24;
  expect(shown).toEqual(
    isBuiltIn
      ? "opened"
      : {
          code: "store_failed",
          message: expect.stringContaining(
            `The store ${file} could not be opened: Cannot find package 'libsql'`,
          ),
          hint: expect.stringContaining("npm install libsql"),
        },
  );
});
