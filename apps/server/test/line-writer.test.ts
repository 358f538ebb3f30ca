import { expect, it } from "vitest";
import { createLineWriter } from "../src/observe/line-writer.ts";

const full = () => {
  throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
};

it("counts the lines that are lost, and says so in the next one", () => {
  let text = "";
  let broken = false;
  const writer = createLineWriter(
    2,
    (bytes) => {
      if (broken) return full();
      text += Buffer.from(bytes).toString();
      return bytes.length;
    },
    () => new Date(0),
  );
  writer.write("one\n");
  broken = true;
  for (let i = 0; i < 3; i++) writer.write("lost\n");
  broken = false;
  writer.write("two\n");
  writer.write("three\n");
  expect(writer.lost).toBe(3);
  const [first, notice = "", ...others] = text.split("\n");
  expect([first, ...others]).toEqual(["one", "two", "three", ""]);
  expect(JSON.parse(notice)).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "warn",
    message: "lines of the log could not be written and are lost",
    lines: 3,
  });
});

it("begins a new line after one that was written in part", () => {
  let text = "";
  let room = 5;
  const writer = createLineWriter(2, (bytes) => {
    if (room === 0) return full();
    const part = Buffer.from(bytes).subarray(0, room);
    room -= part.length;
    text += part.toString();
    return part.length;
  });
  writer.write("a long line\n");
  expect(text).toBe("a lon");
  room = 10_000;
  writer.write("next\n");
  expect(text.split("\n").at(0)).toBe("a lon");
  expect(text.split("\n").at(-2)).toBe("next");
  expect(text).toContain('"lines":1');
});
