import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { createTree, type Files, runScript } from "./support.ts";

const check = (files: Files) => {
  const root = createTree({ ".gitignore": "ignored/\n", ...files });
  execFileSync("git", ["init", "-q"], { cwd: root });
  return runScript("check-leftovers.mjs", root);
};

// Put together here: this file is itself searched.
const at = (folder: string, rest: string) => `/${folder}/${rest}`;
const mirror = (host: string) => ["https:/", host, "npm"].join("/");

test("a tree that names no machine passes", async () => {
  const { code, output } = await check({
    "a.md": "https://registry.npmjs.org/undici and ./work/x and https://example.org/home/x and a/root/b",
    "b.ts": 'const folders = ["/home/", "/work/"]; const server = "https://localhost:8000";',
    "package-lock.json": {
      packages: { "node_modules/a": { integrity: "sha512-x" }, x: { resolved: "packages/x" } },
    },
    "ignored/c.txt": at("root", "x"),
  });
  expect(output).toBe("4 files: no machine is named.\n");
  expect(code).toBe(0);
});

test.each([
  ["a home folder", "docs/a.md", `see\n${at("root", "notes")}`, "docs/a.md:2: names a folder"],
  ["a work folder", "a.ts", `const a = "${at("work", "tree/x")}";`, "a.ts:1: names a folder"],
  ["somebody's home", "a.json", `["${at("home", "someone/x")}"]`, "a.json:1: names a folder"],
  [
    "a host in the lock file",
    "package-lock.json",
    `"resolved": "${mirror("registry.npmjs.org")}/a.tgz"`,
    'package-lock.json:1: "resolved" names a host',
  ],
  ["a mirror", "a.md", mirror("npm-registry.example.net"), "a.md:1: names a package registry"],
  ["a mirror of another name", "a.md", mirror("artifactory.example.net"), "a.md:1: names a package registry"],
  ["a setting", ".npmrc", `registry=${mirror("packages.example.net")}`, ".npmrc:1: names a package registry"],
  [
    "a registry on this machine",
    ".npmrc",
    "//localhost:4873/:always-auth=true",
    ".npmrc:1: names a package registry",
  ],
])("%s is found", async (_, file, text, message) => {
  const { code, output } = await check({ [file]: text });
  expect(output).toContain(message);
  expect(code).toBe(1);
});
