import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A comparison with a type that has a meaning, in whatever direction. */
const COMPARISON =
  /(?:[!=]==?\s*"(?:HS_[A-Z_.]+|10320\/\w+)"|"(?:HS_[A-Z_.]+|10320\/\w+)"\s*[!=]==?|case "(?:HS_[A-Z_.]+|10320\/\w+)")/g;

/** Comparisons that are not with the type of a handle value, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  "packages/auth/src/session/session-auth.ts": "the kind of a signer",
  "packages/service/src/identify/challenge-answer.ts": "the field `type` of an answer, which has two values",
};

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /\/src\//.test(file) && !file.includes("node_modules"));
}

it("compares the types of values by hasType alone, which folds case and counts subtypes", () => {
  const found = ["packages", "apps"].flatMap((folder) =>
    sources(join(root, folder)).flatMap((file) => {
      const name = relative(root, file);
      const lines = readFileSync(file, "utf8").split("\n");
      return lines.flatMap((line, i) => (line.match(COMPARISON) ? [`${name}:${i + 1}: ${line.trim()}`] : []));
    }),
  );
  expect(found.filter((place) => !((place.split(":")[0] ?? "") in ALLOWED))).toEqual([]);
  const uses = found.map((place) => place.split(":")[0] ?? "");
  expect(Object.keys(ALLOWED).filter((file) => !uses.includes(file))).toEqual([]);
});
