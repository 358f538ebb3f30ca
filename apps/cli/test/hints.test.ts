import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inWordsOfHdl } from "../src/hints.ts";

/** The packages whose errors hdl shows, and the texts of their messages and hints. */
const PACKAGES = ["ardc", "auth", "client", "credentials", "loc", "transport"];
/** What hdl does not use: the names of B2HANDLE, and the engines of other platforms. */
const OTHERS = /^b2handle\b|^engine\/(?:bun|deno|fetch)\.ts$/;
const TEXT = /(?:message|hint): (?:`([^`]*)`|"((?:[^"\\]|\\.)*)")/g;

function textsOf(name: string): readonly string[] {
  const folder = fileURLToPath(new URL(`../../../packages/${name}/src/`, import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !OTHERS.test(file),
  );
  return files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(TEXT)].map(([, a = "", b = ""]) => a || b),
  );
}

/** Names of options of the libraries that nobody can write on a command line. */
const OPTIONS =
  /\b(?:modifyAdmin|allowUnusual|suffixStart|ifUnchanged|timeouts\.\w+|maxResponseBytes)\b|`(?:ca|trust)`/;

describe("inWordsOfHdl", () => {
  it("knows every hint about an option of the libraries", () => {
    const all = PACKAGES.flatMap(textsOf);
    expect(all.length).toBeGreaterThan(100);
    const named = all.filter((text) => OPTIONS.test(text));
    expect(named.length).toBeGreaterThan(5);
    const left = named.map(inWordsOfHdl).filter((text) => OPTIONS.test(text));
    expect(left).toEqual([]);
  });
});
