import { beforeAll, expect, it } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { openSqlite } from "../src/mod.ts";
import { buildProgram, startWriter } from "./start-writer.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const program = tempFile("state-writer.mjs");
const LANES = ["A", "B", "C", "D"];

beforeAll(() => buildProgram("state-writer.ts", program));

it("keeps what it acknowledged, and gives no number twice, when processes are killed", async () => {
  const file = tempFile();
  const given = new Map<string, string>();
  for (const kill of [1, 100, 400]) {
    const writer = startWriter(program, [file, ...LANES, "Infinity"], (lines, child) => {
      if (lines === kill) child.kill("SIGKILL");
    });
    await writer.ended;
    expect(writer.child.signalCode).toBe("SIGKILL");
    expect(writer.lines.length).toBeGreaterThan(0);
    for (const line of writer.lines) {
      const [lane = "", number = ""] = line.split(" ");
      expect(given.has(number)).toBe(false);
      given.set(number, lane);
    }
  }
  const { state, close } = await openSqlite({ file });
  for (const [number, lane] of given) expect((await state.get(`number/${number}`))?.value).toBe(lane);
  expect(given.has(String(await state.next("numbers")))).toBe(false);
  await close();
  const driver = await openDriver(file);
  expect(driver.prepare("PRAGMA integrity_check").all([])).toEqual([["ok"]]);
  driver.close();
});
