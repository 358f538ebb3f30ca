import { expect, it, onTestFinished } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { createMapping, MMAP_BYTES } from "../src/file/mapping.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();

async function open() {
  const file = tempFile();
  const [reader, writer] = [await openDriver(file), await openDriver(file)];
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER)");
  reader.exec(`PRAGMA mmap_size = ${MMAP_BYTES}`);
  let time = 0;
  const mapping = createMapping(reader, () => time);
  return {
    mapping,
    write: () => writer.exec("INSERT INTO numbers VALUES (1)"),
    /** Whether the file is mapped at a read after some milliseconds. */
    mappedAfter(milliseconds: number) {
      time += milliseconds;
      mapping.reading();
      return Number(reader.prepare("PRAGMA mmap_size").get([])?.[0]) === MMAP_BYTES;
    },
  };
}

it("ends when the file changes often, and is there again when it no longer does", async () => {
  const { mapping, mappedAfter } = await open();
  mapping.changed();
  expect(mappedAfter(100)).toBe(true);
  mapping.changed();
  expect(mappedAfter(0)).toBe(false);
  expect(mappedAfter(1000)).toBe(false);
  expect(mappedAfter(900)).toBe(false);
  expect(mappedAfter(100)).toBe(true);
});

it("stays when the file changes now and then", async () => {
  const { mapping, mappedAfter } = await open();
  for (let i = 0; i < 3; i++) {
    mapping.changed();
    expect(mappedAfter(200)).toBe(true);
  }
});

it("does not come back while the file changes, whoever changes it", async () => {
  const { mapping, mappedAfter, write } = await open();
  mapping.changed();
  mapping.changed();
  for (let i = 0; i < 3; i++) {
    write();
    expect(mappedAfter(1000)).toBe(false);
  }
  expect(mappedAfter(1000)).toBe(true);
});
