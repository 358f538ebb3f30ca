import type { BulkOperation, HandleClient } from "@handlekit/client";
import { HandleError, isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { dryRun } from "../src/bulk/dry-run.ts";

async function* deletions(count: number): AsyncGenerator<BulkOperation> {
  for (let i = 0; i < count; i++) yield { kind: "delete", handle: `a/${i}` };
}

describe("dryRun", () => {
  it("counts everything, and shows the first of each kind in the order of the file, whoever answers first", async () => {
    const waiting: (() => void)[] = [];
    const client = {
      // Eight are under way at once, and are answered from the last to the first.
      async delete(handle: string) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 8) for (const answer of waiting.splice(0).reverse()) answer();
        });
        if (Number(handle.slice(2)) % 2 === 1)
          throw new HandleError("handle_not_found", { message: "None.", handle });
        return { handle, created: false, difference: [] };
      },
    } as unknown as HandleClient;
    const ended: number[] = [];
    const { signal } = new AbortController();
    const { report, samples } = await dryRun(client, deletions(16), signal, (count) => ended.push(count));
    expect(report).toEqual({
      total: 16,
      created: 0,
      changed: 0,
      deleted: 8,
      unchanged: 0,
      failed: 8,
      errors: { handle_not_found: 8 },
    });
    const handles = samples.map((sample) => ("change" in sample ? sample.change.handle : sample.handle));
    expect(handles).toEqual(["a/0", "a/1", "a/2", "a/3", "a/4", "a/5"]);
    expect(samples.filter((sample) => "error" in sample && isHandleError(sample.error)).length).toBe(3);
    expect(ended.at(-1)).toBe(16);
  });
});
