import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeValue, encodeValues, type HandleValueInput, handleKey } from "@handlekit/core";
import { readBatch } from "@handlekit/core/batch";
import type { HandleStore } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBatchInput } from "../src/transfer/batch-input.ts";
import { openImportJournal } from "../src/transfer/import-journal.ts";
import { runImport } from "../src/transfer/run-import.ts";
import {
  BATCH,
  createCommands,
  importNotes,
  makeDirectory,
  PREFIX,
  recordsOf,
  refusal,
  text,
  withStore,
} from "./transfer-support.ts";

let folder: string;
let target: string;
let file: string;
let run: ReturnType<typeof createCommands>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  target = await makeDirectory(join(folder, "target"));
  file = join(folder, "handles.batch");
  run = createCommands();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The records of a directory as JSON, without the times of their last changes. */
async function shown(directory: string): Promise<Record<string, unknown>> {
  const records = [...(await recordsOf(directory))].map(([handle, values]) => [
    handle,
    values.map((value) => decodeValue({ ...value, timestamp: 0 })),
  ]);
  return Object.fromEntries(records);
}

const batch = (...lines: readonly string[]) => writeFile(file, lines.join("\n"));
const url = (index: number, data: string, more: Partial<HandleValueInput> = {}) => ({
  index,
  type: "URL",
  data,
  ...more,
});

describe("a batch that hdl-server export wrote", () => {
  const owner = { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" };
  const values: Readonly<Record<string, readonly HandleValueInput[]>> = {
    [`0.NA/${PREFIX}`]: [
      { index: 100, type: "HS_ADMIN", data: { format: "admin", value: owner } },
      { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [owner] } },
      { index: 300, type: "HS_SECKEY", data: "S3CR3T-key", permissions: "1100" },
      { index: 301, type: "HS_PUBKEY", data: { format: "key", value: { kty: "RSA", n: "AQAB", e: "AQAB" } } },
    ],
    [`${PREFIX}/text`]: [url(1, "https://example.org/", { ttl: 60 }), url(2, " spaces ")],
    [`${PREFIX}/lines`]: [url(1, "a\nb")],
  };
  let source: string;

  beforeEach(async () => {
    const records = Object.entries(values).map(
      ([handle, given]) => [handleKey(handle), encodeValues(given)] as const,
    );
    source = await makeDirectory(join(folder, "source"), new Map(records), [PREFIX]);
  });

  it("gives the same records, binary data from files beside it", async () => {
    await run.commands.export(source, { output: file, format: "batch" });
    expect(run.result().exported).toMatchObject({ records: 3, files: 3 });
    const names = await readdir(`${file}.files`);
    expect(names.sort()).toEqual(["1.bin", "2.bin", "3.bin"]);
    for (const name of names) expect((await stat(join(`${file}.files`, name))).mode & 0o777).toBe(0o600);
    const commands = [];
    for await (const { command } of readBatch((await text(file)).split("\n"))) commands.push(command);
    expect(commands).toEqual(["HOME", "CREATE", "CREATE", "CREATE"]);

    expect(await run.commands.import(target, file, BATCH)).toBe(true);
    expect(run.result()).toEqual({
      imported: { records: 4, written: 4, replaced: 0, kept: 0 },
      verified: { same: 3 },
    });
    expect(await shown(target)).toEqual(await shown(source));
    expect(await withStore(target, (store) => store.prefixes())).toEqual([PREFIX]);
    expect((await readdir(target)).filter((name) => name.startsWith("import"))).toEqual([]);
  });

  it("replaces what it wrote before, with the folder of its files", async () => {
    const options = { output: file, format: "batch" } as const;
    await run.commands.export(source, options);
    await rm(file);
    expect(await refusal(run.commands.export(source, options))).toMatch(/handles\.batch\.files exists/);
    await run.commands.export(source, { ...options, prefix: ["other"], force: true });
    expect(await text(file)).toBe("");
    expect(await readdir(folder)).not.toContain("handles.batch.files");
  });

  it.each<[string, Partial<HandleValueInput>]>([
    ["a ttl that is a time", { ttl: "2030-01-02T03:04:05Z" }],
    ["references", { references: [{ index: 1, handle: "a/b" }] }],
    ["a space in a type", { type: "A B" }],
  ])("is refused for %s, and names the record", async (_, given) => {
    await withStore(source, (store) =>
      store.commit(handleKey(`${PREFIX}/odd`), "absent", encodeValues([url(7, "x", given)])),
    );
    const message = await refusal(run.commands.export(source, { output: file, format: "batch" }));
    expect(message).toContain(`${PREFIX}/ODD`);
    expect(message).toContain("index 7");
    expect((await readdir(folder)).sort()).toEqual(["source", "target"]);
  });
});

describe("a batch for hdl-genericbatch", () => {
  it("is carried out with the rights of the server", async () => {
    await batch(
      "AUTHENTICATE SECKEY:300:0.NA/x",
      "S3CR3T-password",
      "HOME 192.0.2.1:2641:tcp",
      "0.NA/20.500.12345",
      "0.na/other",
      "",
      `CREATE ${PREFIX}/a`,
      "1 URL 86400 1110 UTF8 https://example.org/1",
      "2 URL 86400 1110 UTF8 https://example.org/2",
      "",
      `ADD ${PREFIX}/a`,
      "3 URL 86400 1110 UTF8 https://example.org/3",
      "",
      `MODIFY ${PREFIX}/A`,
      "1 URL 60 1100 UTF8 https://example.org/changed",
      "",
      `REMOVE 2:${PREFIX}/a`,
      `CREATE ${PREFIX}/b`,
      "1 URL 86400 1110 UTF8 x",
      "",
      `DELETE ${PREFIX}/b`,
      "UNHOME 192.0.2.1:2641:tcp",
      "0.NA/OTHER",
      "",
    );
    expect(await run.commands.import(target, file, BATCH)).toBe(true);
    expect(run.result()).toMatchObject({ imported: { records: 8, written: 8 }, verified: { same: 6 } });
    expect(run.notes.join("\n")).toContain("AUTHENTICATE and SESSIONSETUP were passed over");
    expect(run.notes.join("\n")).not.toContain("S3CR3T");
    const digest = createHash("sha256")
      .update(await text(file))
      .digest("hex");
    expect(await importNotes(target)).toEqual([
      `8 commands: 8 written, 0 replaced, 0 kept; SHA-256 ${digest}`,
    ]);
    expect(await withStore(target, (store) => store.prefixes())).toEqual([PREFIX]);
    expect(await shown(target)).toEqual({
      [`${PREFIX}/A`]: [
        {
          index: 1,
          type: "URL",
          data: { format: "string", value: "https://example.org/changed" },
          permissions: "1100",
          ttl: 60,
        },
        { index: 3, type: "URL", data: { format: "string", value: "https://example.org/3" }, ttl: 86_400 },
      ],
    });
  });

  it.each<[string, readonly string[], string]>([
    [
      "ADD to nothing",
      ["ADD 20.500.12345/x", "1 URL 1 1110 UTF8 x"],
      'handle_not_found: Line 4: "20.500.12345/x"',
    ],
    ["MODIFY of nothing", ["MODIFY 20.500.12345/x", "1 URL 1 1110 UTF8 x"], "handle_not_found: Line 4"],
    ["DELETE of nothing", ["DELETE 20.500.12345/x"], "handle_not_found: Line 4"],
    ["CREATE of what exists", ["CREATE 20.500.12345/a", "1 URL 1 1110 UTF8 x"], "handle_exists: Line 4"],
    ["ADD of a value that exists", ["ADD 20.500.12345/a", "1 URL 1 1110 UTF8 y"], "value_exists: Line 4"],
    ["MODIFY of no value", ["MODIFY 20.500.12345/a", "2 URL 1 1110 UTF8 y"], "values_not_found: Line 4"],
    ["REMOVE of no value", ["REMOVE 2:20.500.12345/a"], "values_not_found: Line 4"],
    [
      "two values at an index",
      ["CREATE a/b", "1 U 1 1110 UTF8 y", "1 U 1 1110 UTF8 z"],
      "Line 4: there are two values",
    ],
    ["a handle that is none", ["DELETE x"], "invalid_handle: Line 4:"],
    [
      "a file that is not there",
      ["CREATE a/b", "1 X 1 1110 FILE none.bin"],
      "the file none.bin of the value at index 1",
    ],
    [
      "a file with a site as JSON",
      ["CREATE a/b", "1 HS_SITE 1 1110 FILE site.json"],
      "is JSON, not the bytes of a site",
    ],
    ["a line that is no command", ["RENAME a/b"], "Line 4 of the batch"],
  ])("ends at %s, and names the line", async (_, lines, message) => {
    await writeFile(join(folder, "site.json"), "{}");
    await batch(`CREATE ${PREFIX}/a`, "1 URL 86400 1110 UTF8 x", "", ...lines);
    const dry = refusal(run.commands.import(target, file, { ...BATCH, dryRun: true }));
    // A dry run does not know what the lines before would have done.
    if (!/values?_|exists/.test(message)) expect(await dry).toContain(message);
    else await dry.catch(() => {});
    expect(await shown(target)).toEqual({});
    expect(await refusal(run.commands.import(target, file, BATCH))).toContain(message);
    // What is malformed is found before anything is written.
    const isMalformed = /invalid_handle|Line 4 of the batch/.test(message);
    expect(Object.keys(await shown(target))).toEqual(isMalformed ? [] : [`${PREFIX}/A`]);
  });

  it("keeps or replaces values that exist", async () => {
    await batch(`CREATE ${PREFIX}/a`, "1 URL 86400 1110 UTF8 x", "");
    await run.commands.import(target, file, BATCH);
    await batch(`ADD ${PREFIX}/a`, "1 URL 86400 1110 UTF8 y", "2 URL 86400 1110 UTF8 z", "");
    await run.commands.import(target, file, { ...BATCH, onExisting: "skip" });
    const data = async () =>
      (await recordsOf(target))
        .get(handleKey(`${PREFIX}/a`))
        ?.map((value) => Buffer.from(value.data).toString());
    expect(await data()).toEqual(["x", "z"]);
    await run.commands.import(target, file, { ...BATCH, onExisting: "replace" });
    expect(await data()).toEqual(["y", "z"]);
    expect(run.result().imported).toMatchObject({ written: 1 });
  });

  it("has each command carried out once, wherever it was killed", async () => {
    const lines = Array.from({ length: 60 }, (_, i) => [
      `CREATE ${PREFIX}/${i}`,
      "1 URL 86400 1110 UTF8 x",
      "2 URL 86400 1110 UTF8 x",
      "",
      `ADD ${PREFIX}/${i}`,
      "3 URL 86400 1110 UTF8 x",
      "",
      `REMOVE 2:${PREFIX}/${i}`,
      `DELETE ${PREFIX}/${i}`,
      `CREATE ${PREFIX}/${i}`,
      "4 URL 86400 1110 UTF8 x",
      "",
    ]).flat();
    const { store } = openMemory();
    let writes = 0;
    let left = 0;
    const killed: HandleStore = {
      ...store,
      async commit(key, expected, next) {
        if (left-- <= 0) throw new Error("killed");
        const outcome = await store.commit(key, expected, next);
        if (outcome === "done") writes++;
        return outcome;
      },
    };
    const attempt = async (commits: number) => {
      left = commits;
      const journal = await openImportJournal(target, (await readdir(target)).includes("import.journal"));
      async function* input() {
        yield* lines;
      }
      const writing = { store: killed, onExisting: "refuse", dryRun: false } as const;
      const { signal } = new AbortController();
      try {
        const { items } = readBatchInput(input(), folder);
        return await runImport(items, {
          writing,
          journal,
          readBack: true,
          signal,
          onProgress() {},
          onWritten() {},
        });
      } finally {
        await journal.close();
      }
    };
    for (let commits = 1; commits < 20; commits += 2) {
      await expect(attempt(commits)).rejects.toThrow("killed");
    }
    expect((await attempt(Number.POSITIVE_INFINITY)).records).toBe(300);
    expect(writes).toBe(300);
    const keys = await store.list(PREFIX, undefined, 100);
    expect(keys).toHaveLength(60);
    for (const key of keys) expect((await store.read(key))?.values.map(({ index }) => index)).toEqual([4]);
  });

  it("reads data from files in the folder of the batch", async () => {
    await writeFile(join(folder, "data.bin"), Buffer.from([0, 255]));
    await batch("CREATE other/x", "1 X 86400 1110 FILE data.bin", "");
    await run.commands.import(target, file, BATCH);
    const [value] = (await recordsOf(target)).get(handleKey("other/x")) ?? [];
    expect(value?.data).toEqual(new Uint8Array(await readFile(join(folder, "data.bin"))));
  });
});
