import { basename, dirname, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameFiles } from "../src/user/files.ts";

const names = (index: number, handle: string, folder = ".") => {
  const { credentials, key, certificate, ca } = nameFiles({ index, handle }, folder);
  return [credentials, key, certificate, ca];
};

describe("the files of a user", () => {
  it("are named after it", () => {
    expect(names(301, "20.500.12345/alice").map((path) => basename(path))).toEqual([
      "301_20.500.12345_alice_credentials.json",
      "301_20.500.12345_alice_key.pem",
      "301_20.500.12345_alice_certificate.pem",
      "301_20.500.12345_alice_server.pem",
    ]);
  });

  it("have names that every file system accepts, in the folder that was given, whatever the handle", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.string({ unit: "binary", minLength: 1, maxLength: 300 }),
        (index, suffix) => {
          for (const path of names(index, `20.500.12345/${suffix}`, "folder")) {
            expect(dirname(path)).toBe(resolve("folder"));
            // No separators, no characters that Windows refuses, none of its device names, no dot at the end.
            expect(basename(path)).toMatch(/^\d+_[\w.-]{1,120}\.(?:pem|json)$/);
          }
        },
      ),
    );
  });
});
