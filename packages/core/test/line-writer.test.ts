import { describe, expect, it } from "vitest";
import type { OpenFile } from "../src/journal/file-bytes.ts";
import { createLineWriter } from "../src/journal/line-writer.ts";

const damaged = () => {
  throw new Error("damaged");
};

/** Creates a file in memory that accepts at most `step` bytes at a time, and counts the calls. */
function memoryFile(step: number, failing: { write?: number; datasync?: number } = {}) {
  let bytes = Buffer.alloc(0);
  const calls = { write: 0, datasync: 0 };
  const file: OpenFile = {
    stat: async () => ({ size: bytes.length }),
    async read(into, offset, length, position) {
      return { bytesRead: bytes.copy(into, offset, position, position + Math.min(length, step)) };
    },
    async write(from, offset, length, position) {
      if (++calls.write === failing.write) throw new Error("no space");
      const piece = from.subarray(offset, offset + Math.min(length, step));
      bytes = Buffer.concat([bytes.subarray(0, position), piece]);
      return { bytesWritten: piece.length };
    },
    async truncate(length) {
      bytes = bytes.subarray(0, length);
    },
    async datasync() {
      if (++calls.datasync === failing.datasync) throw new Error("no disk");
    },
  };
  return { file, calls, text: () => bytes.toString() };
}

describe("a writer of lines", () => {
  it("continues after a partial write, and syncs each group once", async () => {
    const { file, calls, text } = memoryFile(3);
    const writer = await createLineWriter(file, damaged);
    expect(calls.datasync).toBe(1);
    await writer.write("first\nsecond\n");
    await writer.write("third\n");
    expect(text()).toBe("first\nsecond\nthird\n");
    expect(writer.end()).toBe(text().length);
    expect(calls).toEqual({ write: 7, datasync: 3 });
  });

  it.each([{ write: 4 }, { datasync: 3 }])(
    "removes what it could not write completely: %j",
    async (failing) => {
      const { file, text } = memoryFile(3, failing);
      const writer = await createLineWriter(file, damaged);
      await writer.write("first\n");
      await expect(writer.write("second\n")).rejects.toThrow(/no (space|disk)/);
      expect(text()).toBe("first\n");
      expect(writer.end()).toBe(6);
    },
  );
});
