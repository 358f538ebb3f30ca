import { setTimeout } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { createMapping, MMAP_BYTES } from "../src/file/mapping.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();

async function open() {
  const driver = await openDriver(tempFile());
  driver.exec(`PRAGMA mmap_size = ${MMAP_BYTES}`);
  const mapping = createMapping(driver);
  onTestFinished(() => {
    mapping.stop();
    driver.close();
  });
  const mapped = () => Number(driver.prepare("PRAGMA mmap_size").get([])?.[0]);
  return { mapping, mapped };
}

it("ends when the file changes often, and is there again when it no longer does", async () => {
  const { mapping, mapped } = await open();
  for (let i = 0; i < 10; i++) mapping.changed();
  expect(mapped()).toBe(0);
  for (let i = 0; i < 8; i++) {
    await setTimeout(200);
    mapping.changed();
    expect(mapped()).toBe(0);
  }
  await expect.poll(mapped, { timeout: 10_000 }).toBe(MMAP_BYTES);
});

it("stays when the file changes now and then", async () => {
  const { mapping, mapped } = await open();
  for (let i = 0; i < 3; i++) {
    mapping.changed();
    await setTimeout(200);
    expect(mapped()).toBe(MMAP_BYTES);
  }
});
