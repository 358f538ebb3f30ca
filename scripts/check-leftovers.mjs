// Fails if a committed file, or one that git does not ignore, names a package registry other than npm's own, or an
// absolute path of a home or work folder.
// node scripts/check-leftovers.mjs [ROOT]
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const root = resolve(process.argv[2] ?? REPOSITORY);
// Not the end of a longer path, URL or word, and followed by a name.
const FOLDER = /(?<![\w.\-/:}\])])\/(?:root|work|home|Users)\/(?=[\w.])/;
const REGISTRY =
  /https?:\/\/(?!registry\.npmjs\.org\b)[^/\s"']*(?:registry|artifactory|nexus|verdaccio)[^/\s"']*/i;
const REGISTRY_SETTING = /\bregistry["']?\s*[=:]\s*["']?https?:\/\/(?!registry\.npmjs\.org\b)/i;
const RESOLVED = /"resolved":\s*"https?:/;

/** @type {string[]} */
const problems = [];
const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
const files = execFileSync("git", list, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 })
  .split("\0")
  .filter((name) => name !== "");

for (const name of files) {
  /** @type {Buffer} */
  let bytes;
  try {
    bytes = readFileSync(join(root, name));
  } catch {
    continue; // Deleted and not yet committed, or a dangling link.
  }
  if (bytes.includes(0)) continue;
  const text = bytes.toString("utf8");
  const isLock = name.endsWith("package-lock.json");
  const isSetting = name.endsWith(".npmrc") || isLock;
  for (const [at, line] of text.split("\n").entries()) {
    const where = `${name}:${at + 1}`;
    const folder = FOLDER.exec(line);
    if (folder) problems.push(`${where}: names a folder of a machine, ${folder[0]}`);
    if (isLock && RESOLVED.test(line)) {
      problems.push(
        `${where}: "resolved" names a host; npm config omit-lockfile-registry-resolved leaves it out.`,
      );
    } else if (
      REGISTRY.test(line) ||
      REGISTRY_SETTING.test(line) ||
      (isSetting && /localhost|127\.0\.0\.1/.test(line))
    ) {
      problems.push(`${where}: names a package registry.`);
    }
  }
}

report(problems, `${files.length} files: no machine is named.`);
