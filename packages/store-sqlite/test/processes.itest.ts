import { once } from "node:events";
import { handleKey } from "@handlekit/core";
import { beforeAll, expect, it } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { openSqlite } from "../src/mod.ts";
import { buildProgram, startWriter } from "./start-writer.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt } from "./values.ts";

const tempFile = useTempFiles();
const program = tempFile("writer.mjs");

beforeAll(() => buildProgram("writer.ts", program));

it("keeps every commit it acknowledged when its process is killed", async () => {
  const file = tempFile();
  const lanes = ["A", "B", "C", "D", "E", "F", "G", "H"];
  for (const kill of [1, 150, 600]) {
    const writer = startWriter(program, [file, ...lanes, "Infinity"], (lines, child) => {
      if (lines === kill) child.kill("SIGKILL");
    });
    await writer.ended;
    expect(writer.child.signalCode).toBe("SIGKILL");
    expect(writer.acknowledged.size).toBeGreaterThan(0);

    const { store, close } = await openSqlite({ file });
    for (const [lane, count] of writer.acknowledged) {
      // The lane may have been writing its next step, of which it was told nothing.
      const counter = Number(await textAt(store, handleKey(`20.500.1/${lane}`)));
      expect([count, count + 1]).toContain(counter);
      for (let step = 1; step <= counter; step++) {
        expect(await textAt(store, handleKey(`20.500.2/${lane}/${step}`))).toBe(`${step}`);
      }
    }
    await close();

    const driver = await openDriver(file);
    expect(driver.prepare("PRAGMA integrity_check").all([])).toEqual([["ok"]]);
    driver.close();
  }
});

it("is refused to a second process, which names the first, and free once that was killed", async () => {
  const file = tempFile();
  const first = startWriter(program, [file, "A", "Infinity"], (lines, child) => {
    if (lines === 20) child.emit("twenty");
  });
  await once(first.child, "twenty");
  await expect(openSqlite({ file })).rejects.toMatchObject({
    code: "store_failed",
    retryable: true,
    message: expect.stringMatching(
      new RegExp(`^The store .* is in use by process ${first.child.pid} since 20\\d\\d-.*Z\\.$`),
    ),
  });
  first.child.kill("SIGKILL");
  await first.ended;
  const { close } = await openSqlite({ file });
  await close();
});
