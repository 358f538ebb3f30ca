import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Returns a function that returns new paths in a directory, which is removed after the tests of this file. */
export function useTempFiles(): (name?: string) => string {
  const directory = mkdtempSync(join(tmpdir(), "handlekit-core-"));
  let count = 0;
  afterAll(() => rmSync(directory, { recursive: true }));
  return (name = `${++count}.journal`) => join(directory, name);
}
