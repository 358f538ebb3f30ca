import { mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeValues, handleKey } from "@handlekit/core";
import { readExport } from "@handlekit/core/export";
import { updateRecord } from "@handlekit/core/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportStore } from "../src/transfer/export-store.ts";
import { createProgress } from "../src/transfer/progress.ts";
import {
  createCommands,
  everyKind,
  makeDirectory,
  PREFIX,
  refusal,
  text,
  withStore,
} from "./transfer-support.ts";

let folder: string;
let directory: string;
let output: string;
let run: ReturnType<typeof createCommands>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = await makeDirectory(join(folder, "data"), everyKind(), ["0.NA", PREFIX, "OTHER"]);
  output = join(folder, "out.jsonl");
  run = createCommands();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function itemsOf(path: string) {
  const items = [];
  for await (const item of readExport((await text(path)).trimEnd().split("\n"))) items.push(item);
  return items;
}

describe("hdl-server export", () => {
  it("writes every record and the homed prefixes into a file that only its owner can read", async () => {
    await run.commands.export(directory, { output, format: "handlekit" });
    const items = await itemsOf(output);
    const read = items.flatMap((item) =>
      item.kind === "record" ? [[item.handle, item.values] as const] : [],
    );
    expect(new Map(read)).toEqual(everyKind());
    expect(items[0]).toEqual({ kind: "header", selected: undefined });
    expect(items.at(-1)).toMatchObject({ prefixes: ["0.NA", PREFIX, "OTHER"], records: everyKind().size });
    expect(run.result()).toEqual({
      exported: { file: output, records: everyKind().size, prefixes: ["0.NA", PREFIX, "OTHER"], files: 0 },
    });
    expect(run.notes.join()).toContain("contains secret keys");
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(["data", "out.jsonl"]);
  });

  it("writes only the records of some prefixes, and their prefix handles", async () => {
    await run.commands.export(directory, {
      output,
      format: "handlekit",
      prefix: ["other", "OTHER", "absent"],
    });
    const items = await itemsOf(output);
    expect(items.flatMap((item) => (item.kind === "record" ? [item.handle] : []))).toEqual([
      "0.NA/OTHER",
      "OTHER/ONE",
    ]);
    expect(items[0]).toEqual({ kind: "header", selected: ["OTHER", "ABSENT"] });
    expect(items.at(-1)).toMatchObject({ prefixes: ["OTHER"] });
  });

  it("finds prefix handles whose prefix 0.NA is not homed, and records of a prefix that no longer is if it is named", async () => {
    await withStore(directory, (store) => store.unhome("0.NA"));
    await withStore(directory, (store) => store.unhome("OTHER"));
    await run.commands.export(directory, { output, format: "handlekit" });
    expect(run.result().exported).toMatchObject({ records: everyKind().size - 1, prefixes: [PREFIX] });
    await run.commands.export(directory, {
      output,
      format: "handlekit",
      prefix: ["0.na", "other"],
      force: true,
    });
    expect(run.result().exported).toMatchObject({ records: 3, prefixes: [] });
  });

  it("replaces a file only if it is told to, and never follows a link", async () => {
    await writeFile(output, "kept");
    const options = { output, format: "handlekit" } as const;
    expect(await refusal(run.commands.export(directory, options))).toMatch(
      /exists; nothing was written.*--force/,
    );
    expect(await text(output)).toBe("kept");
    const link = join(folder, "link.jsonl");
    await symlink(output, link);
    await run.commands.export(directory, { ...options, output: link, force: true });
    expect(await text(output)).toBe("kept");
    expect((await itemsOf(link)).length).toBe(everyKind().size + 2);
    await run.commands.export(directory, { ...options, force: true });
    expect((await itemsOf(output)).length).toBe(everyKind().size + 2);
  });

  it("leaves nothing when it fails or is stopped", async () => {
    const before = await readdir(folder);
    const batch = createCommands().commands.export(directory, { output, format: "batch" });
    expect(await refusal(batch)).toMatch(/"20.500.12345\/EMPTY".*has no values/);
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    const stopped = createCommands(stop.signal).commands.export(directory, { output, format: "handlekit" });
    await expect(stopped).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual(before);
  });

  it.each([
    ["no data directory", { directory: "none" }, "is not a data directory"],
    ["a folder that does not exist", { output: "/none/out" }, "cannot be written (ENOENT)"],
    ["a prefix with a suffix", { prefix: ["20.500.12345/x"] }, "is not a prefix"],
    ["an empty prefix", { prefix: [""] }, "is not a handle"],
  ])("refuses %s", async (_, given, message) => {
    const where = "directory" in given ? join(folder, given.directory) : directory;
    const options = { output, format: "handlekit" as const, ...given };
    expect(await refusal(run.commands.export(where, options))).toContain(message);
  });

  it("does not create a store that is missing", async () => {
    await rm(join(directory, "store.sqlite"));
    expect(await refusal(run.commands.export(directory, { output, format: "handlekit" }))).toContain(
      "has no store",
    );
    expect(await readdir(directory)).not.toContain("store.sqlite");
  });

  it("reads each record as it was at one moment, while others are written", async () => {
    const keys = Array.from({ length: 2500 }, (_, i) => handleKey(`${PREFIX}/moving-${i}`));
    const pair = (number: number) =>
      encodeValues([
        { index: 1, type: "A", data: String(number) },
        { index: 2, type: "B", data: String(number) },
      ]);
    await withStore(directory, async (store) => {
      await Promise.all(keys.map((key) => store.commit(key, "absent", pair(0))));
      let isOver = false;
      const write = async () => {
        for (let round = 1; !isOver; round++) {
          const some = keys.filter((_, i) => (i + round) % 10 === 0);
          await Promise.all(some.map((key) => updateRecord(store, key, () => pair(round))));
        }
        return undefined;
      };
      const writing = write();
      const { signal } = new AbortController();
      const job = {
        store,
        output,
        selected: undefined,
        force: false,
        progress: await createProgress(),
        signal,
      };
      await exportStore({ ...job, format: "handlekit" });
      isOver = true;
      await writing;
    });
    const moving = (await itemsOf(output)).flatMap((item) =>
      item.kind === "record" && item.handle.includes("MOVING")
        ? [item.values.map(({ data }) => String(data))]
        : [],
    );
    expect(moving).toHaveLength(keys.length);
    expect(moving.filter(([a, b]) => a !== b)).toEqual([]);
  });
});
