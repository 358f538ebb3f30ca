import { appendFile, chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeValues, HandleError, handleKey } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readExportInput } from "../src/transfer/export-input.ts";
import { type ImportJournal, openImportJournal } from "../src/transfer/import-journal.ts";
import { type ImportRun, runImport } from "../src/transfer/run-import.ts";
import {
  createCommands,
  everyKind,
  IMPORT,
  importNotes,
  makeDirectory,
  PREFIX,
  plainValues,
  recordsOf,
  refusal,
  text,
  withStore,
} from "./transfer-support.ts";

let folder: string;
let source: string;
let target: string;
let file: string;
let run: ReturnType<typeof createCommands>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  source = await makeDirectory(join(folder, "source"), everyKind(), ["0.NA", PREFIX, "OTHER"]);
  target = await makeDirectory(join(folder, "target"));
  file = join(folder, "export.jsonl");
  run = createCommands();
  await run.commands.export(source, { output: file, format: "handlekit" });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const count = everyKind().size;
const other = encodeValues([{ index: 1, type: "URL", data: "https://example.org/changed" }]);

describe("hdl-server import", () => {
  it("brings every record and prefix, and reads them back", async () => {
    expect(await run.commands.import(target, file, IMPORT)).toBe(true);
    expect(run.result()).toEqual({
      imported: { records: count, written: count, replaced: 0, kept: 0 },
      prefixes: ["0.NA", PREFIX, "OTHER"],
      verified: {
        same: count,
        missing: 0,
        different: 0,
        extra: 0,
        handles: { missing: [], different: [], extra: [] },
      },
    });
    expect(await recordsOf(target)).toEqual(everyKind());
    const { digest } = JSON.parse((await text(file)).trimEnd().split("\n").at(-1) ?? "").manifest;
    expect(await importNotes(target)).toEqual([
      `${count} records: ${count} written, 0 replaced, 0 kept; manifest ${digest}`,
    ]);
    const again = join(folder, "again.jsonl");
    await run.commands.export(target, { output: again, format: "handlekit" });
    expect(await text(again)).toBe(await text(file));
    expect((await readdir(target)).filter((name) => !name.startsWith("store."))).toEqual(["config.json"]);
  });

  it.each<[string, (whole: string) => string, string]>([
    ["was cut off", (whole) => whole.slice(0, whole.lastIndexOf('{"manifest"')), "without its manifest"],
    ["was cut off in a line", (whole) => whole.slice(0, -20), "not the JSON"],
    [
      "has a damaged last record",
      (whole) => whole.replace('"data":"x"', '"data":"y"'),
      "the digest is not that",
    ],
    ["is empty", () => "", "The export is empty"],
    ["is something else", () => "CREATE 20.500.12345/x\n", "Line 1 of the export"],
  ])("writes nothing of a file that %s", async (_, change, message) => {
    await writeFile(file, change(await text(file)));
    expect(await refusal(run.commands.import(target, file, IMPORT))).toContain(message);
    expect((await recordsOf(target)).size).toBe(0);
    expect(await readdir(target)).not.toContain("import.journal");
  });

  it("refuses a file that is not UTF-8, and one that is not there", async () => {
    await writeFile(file, Buffer.from([0xff, 0x0a]));
    expect(await refusal(run.commands.import(target, file, IMPORT))).toContain(
      "Line 1 of the input is not UTF-8",
    );
    expect(await refusal(run.commands.import(target, `${file}x`, IMPORT))).toContain(
      "cannot be read (ENOENT)",
    );
    expect(await refusal(run.commands.import(target, folder, IMPORT))).toContain("cannot be read (EISDIR)");
  });

  it("warns of a file that others can read", async () => {
    await chmod(file, 0o644);
    await run.commands.import(target, file, IMPORT);
    expect(run.notes.join("\n")).toContain("chmod 600");
  });

  it("refuses, keeps or replaces a record that exists", async () => {
    const key = handleKey("other/one");
    const change = (values = other) =>
      withStore(target, async (store) =>
        store.commit(key, (await store.read(key))?.revision ?? "absent", values),
      );
    await change();
    expect(await refusal(run.commands.import(target, file, IMPORT))).toMatch(
      /^handle_exists: Line \d+: "OTHER\/ONE" exists already\. Give --on-existing/,
    );
    await rm(join(target, "import.journal"));
    expect(await importNotes(target)).toEqual([
      "ended early (handle_exists) after 0, and perhaps some of the next; import --resume continues it",
    ]);

    expect(await run.commands.import(target, file, { ...IMPORT, onExisting: "skip" })).toBe(true);
    expect(run.result()).toMatchObject({
      imported: { written: 0, replaced: 0, kept: count },
      verified: { same: count - 1, different: 1, handles: { different: ["OTHER/ONE"] } },
    });
    expect((await recordsOf(target)).get(key)).toEqual(other);

    expect(await run.commands.import(target, file, { ...IMPORT, onExisting: "replace" })).toBe(true);
    expect(run.result().imported).toEqual({ records: count, written: 0, replaced: 1, kept: count - 1 });
    expect(await recordsOf(target)).toEqual(everyKind());
  });

  it("keeps no journal if the first record that exists ended it before anything was written", async () => {
    const all = await makeDirectory(join(folder, "all"), everyKind());
    expect(await refusal(run.commands.import(all, file, IMPORT))).toContain("exists already");
    expect(await readdir(all)).not.toContain("import.journal");
    expect(await importNotes(all)).toEqual([]);
  });

  it("writes nothing in a dry run, and says what it would do", async () => {
    await withStore(target, (store) => store.commit(handleKey("other/one"), "absent", other));
    const dry = { ...IMPORT, dryRun: true };
    expect(await refusal(run.commands.import(target, file, dry))).toContain("exists already");
    expect(await run.commands.import(target, file, { ...dry, onExisting: "replace" })).toBe(true);
    expect(run.result()).toEqual({
      wouldImport: { records: count, written: count - 1, replaced: 1, kept: 0 },
    });
    expect(await recordsOf(target)).toEqual(new Map([[handleKey("other/one"), other]]));
    expect(await withStore(target, (store) => store.prefixes())).toEqual([]);
    expect(await readdir(target)).not.toContain("import.journal");
    expect(await importNotes(target)).toEqual([]);
  });
});

describe("hdl-server import --verify-only", () => {
  const only = { ...IMPORT, verifyOnly: true };

  it("finds what is missing, different and extra, and writes nothing", async () => {
    expect(await run.commands.import(source, file, only)).toBe(true);
    await withStore(source, async (store) => {
      const change = async (handle: string, values: typeof other | null) => {
        const key = handleKey(handle);
        await store.commit(key, (await store.read(key))?.revision ?? "absent", values);
      };
      await change("other/one", other);
      await change(`${PREFIX}/empty`, null);
      for (const handle of ["0.NA/a", `${PREFIX}/zzz`, `${PREFIX}/0`, "other/two"])
        await change(handle, other);
      await store.unhome("OTHER");
      await store.home("NEW");
      await store.commit(handleKey("new/one"), "absent", other);
    });
    const before = await recordsOf(source);
    expect(await run.commands.import(source, file, only)).toBe(false);
    const extra = ["0.NA/A", `${PREFIX}/0`, `${PREFIX}/ZZZ`, "NEW/ONE"];
    expect(run.result().verified).toEqual({
      same: count - 2,
      missing: 1,
      different: 1,
      extra: extra.length,
      notHomed: ["OTHER"],
      handles: { missing: [`${PREFIX}/EMPTY`], different: ["OTHER/ONE"], extra },
    });
    expect(await recordsOf(source)).toEqual(before);
  });

  it("looks only at the prefixes that were exported", async () => {
    await run.commands.export(source, { output: file, format: "handlekit", prefix: ["other"], force: true });
    expect(await run.commands.import(source, file, only)).toBe(true);
    await withStore(source, (store) => store.commit(handleKey("other/two"), "absent", other));
    expect(await run.commands.import(source, file, only)).toBe(false);
    expect(run.result().verified).toMatchObject({ same: 2, extra: 1, handles: { extra: ["OTHER/TWO"] } });
  });

  it("refuses a damaged file, a batch, and other work at the same time", async () => {
    await appendFile(file, "x\n");
    expect(await refusal(run.commands.import(source, file, only))).toContain("after the manifest");
    expect(await refusal(run.commands.import(source, file, { ...only, format: "batch" }))).toContain(
      "needs an export",
    );
    expect(await refusal(run.commands.import(source, file, { ...only, dryRun: true }))).toContain(
      "exclude each other",
    );
  });
});

describe("an import that was interrupted", () => {
  const RECORDS = 3500;
  const many = new Map(
    Array.from(
      { length: RECORDS },
      (_, i) => [`${PREFIX}/${String(i).padStart(6, "0")}`, plainValues(i)] as const,
    ),
  );

  it("goes on where it stopped, with the same file alone", async () => {
    const full = await makeDirectory(join(folder, "full"), many, [PREFIX]);
    await run.commands.export(full, { output: file, format: "handlekit", force: true });
    const stop = new AbortController();
    const stopped = createCommands(stop.signal);
    const importing = stopped.commands.import(target, file, IMPORT);
    for (;;) {
      if ((await readdir(target)).includes("import.journal")) break;
    }
    stop.abort(new HandleError("aborted", { message: "Stopped." }));
    expect(await refusal(importing)).toContain("aborted: Stopped.");
    const done = (await recordsOf(target, [PREFIX])).size;
    expect(done).toBeLessThan(RECORDS);

    expect(await importNotes(target)).toEqual(
      done > 0 ? [expect.stringMatching(/^ended early \(aborted\) after \d+, .* import --resume/)] : [],
    );

    expect(await refusal(run.commands.import(target, file, IMPORT))).toMatch(/was interrupted.*--resume/);
    if (done > 0) {
      const half = new Map([...many].slice(1));
      const wrong = await makeDirectory(join(folder, "half"), half, [PREFIX]);
      const wrongFile = join(folder, "half.jsonl");
      await run.commands.export(wrong, { output: wrongFile, format: "handlekit" });
      const resumed = run.commands.import(target, wrongFile, { ...IMPORT, resume: true });
      expect(await refusal(resumed)).toContain("not the one of the import that was interrupted");
    }
    expect(await run.commands.import(target, file, { ...IMPORT, resume: true })).toBe(true);
    expect(run.result()).toMatchObject({
      imported: { records: RECORDS, written: RECORDS, replaced: 0, kept: 0 },
      verified: { same: RECORDS, missing: 0, different: 0, extra: 0 },
    });
    expect((await importNotes(target)).at(-1)).toMatch(
      new RegExp(`^${RECORDS} records: ${RECORDS} written, 0 replaced, 0 kept; manifest [0-9a-f]{64}$`),
    );
    expect(await refusal(run.commands.import(target, file, { ...IMPORT, resume: true }))).toContain(
      "There is no interrupted import",
    );
  });

  it("writes each record once, wherever it was killed", async () => {
    const lines = async () => {
      const full = await makeDirectory(join(folder, "full"), many, [PREFIX]);
      await run.commands.export(full, { output: file, format: "handlekit", force: true });
      return (await text(file)).trimEnd().split("\n");
    };
    const all = await lines();
    const { store } = openMemory();
    const writes = new Map<string, number>();
    let left = 0;
    /** After a number of commits, everything fails, as if the process were gone. */
    const killed: HandleStore = {
      ...store,
      async commit(key, expected, next) {
        if (left-- <= 0) throw new Error("killed");
        const outcome = await store.commit(key, expected, next);
        if (outcome === "done") writes.set(key, (writes.get(key) ?? 0) + 1);
        return outcome;
      },
    };
    const attempt = async (commits: number, losesJournal: boolean) => {
      left = commits;
      const opened = await openImportJournal(target, (await readdir(target)).includes("import.journal"));
      const journal: ImportJournal = {
        ...opened,
        reached: (position) =>
          losesJournal ? Promise.reject(new Error("killed")) : opened.reached(position),
      };
      const writing = { store: killed, onExisting: "refuse", dryRun: false } as const;
      const { signal } = new AbortController();
      const importing: ImportRun = {
        writing,
        journal,
        readBack: true,
        signal,
        onProgress() {},
        onWritten() {},
      };
      async function* input() {
        yield* all;
      }
      try {
        return await runImport(readExportInput(input()).items, importing);
      } finally {
        await opened.close();
      }
    };
    for (const commits of [0, 700, 2100, 1, 399])
      await expect(attempt(commits, false)).rejects.toThrow("killed");
    await expect(attempt(Number.POSITIVE_INFINITY, true)).rejects.toThrow("killed");
    const finished = await attempt(Number.POSITIVE_INFINITY, false);
    expect(finished).toMatchObject({ records: RECORDS, counts: { written: RECORDS, replaced: 0, kept: 0 } });
    expect(writes.size).toBe(RECORDS);
    expect([...writes.values()].filter((times) => times !== 1)).toEqual([]);
  });
});
