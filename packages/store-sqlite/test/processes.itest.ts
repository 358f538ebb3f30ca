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

it("lets several processes create one file and count together", async () => {
  const file = tempFile();
  const steps = 40;
  const writers = [1, 2, 3].map(() => startWriter(program, [file, "A", "B", `${steps}`]));
  await Promise.all(writers.map(({ ended }) => ended));
  expect(writers.map(({ child }) => child.exitCode)).toEqual([0, 0, 0]);

  const { store, close } = await openSqlite({ file });
  for (const lane of ["A", "B"]) {
    expect(await textAt(store, handleKey(`20.500.1/${lane}`))).toBe(`${3 * steps}`);
    expect((await store.list("20.500.2", undefined, 1000)).length).toBe(2 * 3 * steps);
  }
  await close();
});
