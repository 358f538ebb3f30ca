import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { isHandleError } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEntry } from "./journal-arbitraries.ts";
import { collect, entry } from "./journal-entries.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const LINES = [entry(1), { ...entry(2), data: "é\u2028😀" }, entry(3)];

/** The lock files beside a journal. */
function locksOf(file: string): string[] {
  return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.lock-`));
}

/** Opens a journal, appends one entry, and returns the earlier entries. */
async function appendOne(file: string, key: string): Promise<unknown[]> {
  const journal = await openJournalFile(file);
  const before = await collect(journal);
  await journal.append([entry(key)]);
  await journal.close();
  return before;
}

/** Returns the error of a rejected promise, which must be a HandleError `store_failed`. */
async function failureOf(
  work: Promise<unknown>,
): Promise<{ message: string; hint: string; retryable: boolean }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHandleError(error, "store_failed")) throw error;
  const { message, hint = "", retryable } = error;
  return { message, hint, retryable };
}

describe("the file", () => {
  it("is created with mode 0600, and contains JSON lines", async () => {
    const file = tempFile();
    const journal = await openJournalFile(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await journal.append(LINES);
    await journal.close();
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(LINES);
  });

  it("keeps its mode", async () => {
    const file = tempFile();
    writeFileSync(file, "");
    chmodSync(file, 0o640);
    await appendOne(file, "1");
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("is continued when it is opened again", async () => {
    const file = tempFile();
    for (const key of ["1", "2", "3"]) await appendOne(file, key);
    const journal = await openJournalFile(file);
    expect(await collect(journal)).toEqual([entry(1), entry(2), entry(3)]);
    await journal.close();
  });

  it("may be larger than a chunk, with lines that are", async () => {
    const file = tempFile();
    const entries = Array.from({ length: 300 }, (_, i) => ({
      ...entry(i),
      data: "é".repeat(i === 100 ? 100_000 : 997 * (i % 3)),
    }));
    const journal = await openJournalFile(file);
    await Promise.all(entries.map((one) => journal.append([one])));
    expect(await collect(journal)).toEqual(entries);
    await journal.close();
    expect(await appendOne(file, "last")).toEqual(entries);
  });
});

describe("a truncated last line", () => {
  it("is ignored, and removed by the next append, wherever it was truncated", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEntry, { minLength: 1, maxLength: 4 }), fc.nat(), async (entries, cut) => {
        const file = tempFile();
        const journal = await openJournalFile(file);
        await journal.append(entries);
        await journal.close();
        const whole = readFileSync(file);
        const size = cut % (whole.length + 1);
        truncateSync(file, size);

        // An entry is whole when its last brace is there, with or without the line end.
        const ends = [...whole.keys()].filter((at) => whole[at] === 10);
        const kept = entries.slice(0, ends.filter((at) => at <= size).length);
        expect(await appendOne(file, "next")).toStrictEqual(kept);
        expect(await appendOne(file, "last")).toStrictEqual([...kept, entry("next")]);
        expect(readFileSync(file, "utf8").split("\n")).toHaveLength(kept.length + 3);
      }),
      { numRuns: 100 },
    );
  });

  it("may be longer than the next entry, and is not changed before it is written", async () => {
    const file = tempFile();
    await appendOne(file, "1");
    appendFileSync(file, `{"kind":"intent","key":"${"x".repeat(200_000)}`);
    const { size } = statSync(file);
    const journal = await openJournalFile(file);
    expect(await collect(journal)).toEqual([entry(1)]);
    expect(statSync(file).size).toBe(size);
    await journal.append([entry(2)]);
    expect(await collect(journal)).toEqual([entry(1), entry(2)]);
    await journal.close();
    expect(readFileSync(file, "utf8")).toBe(`${JSON.stringify(entry(1))}\n${JSON.stringify(entry(2))}\n`);
  });

  it("is kept if it only lacks its line end", async () => {
    const file = tempFile();
    writeFileSync(file, JSON.stringify(entry(1)));
    expect(await appendOne(file, "2")).toEqual([entry(1)]);
    expect(await appendOne(file, "3")).toEqual([entry(1), entry(2)]);
  });

  it("may be zeros", async () => {
    const file = tempFile();
    await appendOne(file, "1");
    appendFileSync(file, new Uint8Array(4096));
    expect(await appendOne(file, "2")).toEqual([entry(1)]);
    expect(await appendOne(file, "3")).toEqual([entry(1), entry(2)]);
  });

  it("is an error anywhere but at the end", async () => {
    const file = tempFile();
    const good = JSON.stringify(entry(1));
    const bad = [
      good.slice(0, -3),
      "",
      "[]",
      "null",
      '{"kind":"S3CR3T"}',
      '{"kind":1,"key":"","at":""}',
      "\ufeff{}",
    ];
    for (const line of [...bad, Buffer.from([0xff, 0xfe])]) {
      writeFileSync(
        file,
        Buffer.concat([Buffer.from(`${good}\n${good}\n`), Buffer.from(line), Buffer.from("\n")]),
      );
      appendFileSync(file, `${good}\n`);
      const journal = await openJournalFile(file);
      const seen: string[] = [];
      const reading = (async () => {
        for await (const { key } of journal.entries()) seen.push(key);
      })();
      const { message } = await failureOf(reading);
      expect(message).toBe(`Line 3 of the journal ${file} is not an entry.`);
      expect(seen).toEqual(["1", "1"]);
      await journal.close();
    }
  });
});

describe("a file that is not a journal", () => {
  it.each([
    ["Line 1", "name,url\nx,https://example.org/\n"],
    ["Line 1", '{"kind":"x"}\n'],
    ["Line 1", "\n"],
    ["The last line", "some words"],
    ["The last line", '{\n  "name": "a package"\n}'],
    ["The last line", '{"name":"a document"}'],
  ])("is refused and not changed: %s", async (where, content) => {
    const file = tempFile();
    writeFileSync(file, content);
    const { message } = await failureOf(openJournalFile(file));
    expect(message).toBe(`${where} of the journal ${file} is not an entry.`);
    expect(readFileSync(file, "utf8")).toBe(content);
    expect(locksOf(file)).toEqual([]);
  });

  it("is refused if it is a directory, or if its directory does not exist", async () => {
    const directory = tempFile("directory");
    mkdirSync(directory);
    expect((await failureOf(openJournalFile(directory))).message).toContain("EISDIR");
    const missing = await failureOf(openJournalFile(join(directory, "missing", "x.journal")));
    expect(missing.message).toContain("ENOENT");
    expect(missing.hint).toBe("Create the directory first.");
    expect((await failureOf(openJournalFile("/dev/null"))).message).toContain("It is not a file.");
  });
});

describe("the lock", () => {
  it("allows a file to be open once, under any name", async () => {
    const file = tempFile();
    const link = tempFile("link");
    symlinkSync(file, link);
    const journal = await openJournalFile(file);
    for (const name of [file, link]) {
      const { message, hint, retryable } = await failureOf(openJournalFile(name));
      expect(message).toBe(`The journal ${name} is in use by this process.`);
      expect(hint).toContain(locksOf(file)[0]);
      expect(retryable).toBe(true);
    }
    await journal.append([entry(1)]);
    await journal.close();
    expect(locksOf(file)).toEqual([]);
    expect(await appendOne(link, "2")).toEqual([entry(1)]);
  });

  it("of a process that has ended is removed, even if its id is in use again", async () => {
    const file = tempFile();
    const journal = await openJournalFile(file);
    const [own = ""] = locksOf(file);
    await journal.close();
    const [, host, boot, , start] = /\.lock-(.*)-(.*)-(.*)-(.*)$/.exec(own) ?? [];
    const lock = (name: string) => `${file}.lock-${name}`;
    const stale = [
      lock(`${host}-${boot}-4194305-${start}`),
      lock(`${host}-${boot}-${process.pid}-1`),
      lock(`${host}-0123abcd-${process.pid}-${start}`),
    ];
    for (const name of stale) writeFileSync(name, "");
    writeFileSync(lock("mine"), "");
    writeFileSync(`${file}2.lock-${host}-${boot}-1-1`, "");
    await appendOne(file, "1");
    expect(locksOf(file)).toEqual([`${basename(file)}.lock-mine`]);
    expect(locksOf(`${file}2`)).toHaveLength(1);
  });

  it("of another host is respected", async () => {
    const file = tempFile();
    const name = `${file}.lock-other.example.org-0123abcd-17-1`;
    writeFileSync(name, "");
    const { message, hint } = await failureOf(openJournalFile(file));
    expect(message).toBe(`The journal ${file} is in use by process 17 of "other.example.org".`);
    expect(hint).toContain(basename(name));
    expect(locksOf(file)).toEqual([basename(name)]);
  });
});

describe("close", () => {
  it("waits for pending appends, may be called twice, and makes later calls fail", async () => {
    const file = tempFile();
    const journal = await openJournalFile(file);
    const appended = journal.append([entry(1)]);
    const closed = Promise.all([journal.close(), journal.close()]);
    const { message } = await failureOf(journal.append([entry(2)]));
    expect(message).toBe(`The journal ${file} is closed.`);
    await appended;
    await closed;
    expect((await failureOf(collect(journal))).message).toBe(`The journal ${file} is closed.`);
    expect(await appendOne(file, "3")).toEqual([entry(1)]);
  });

  it("ends a running iteration", async () => {
    const journal = await openJournalFile(tempFile());
    await journal.append(Array.from({ length: 2000 }, (_, i) => entry(i)));
    const reading = (async () => {
      for await (const _ of journal.entries()) await journal.close();
    })();
    expect((await failureOf(reading)).message).toContain("is closed.");
  });
});

it("reports a file that was truncated while it was open", async () => {
  const file = tempFile();
  const journal = await openJournalFile(file);
  await journal.append([entry(1), entry(2)]);
  truncateSync(file, 3);
  const { message } = await failureOf(collect(journal));
  expect(message).toBe(`The journal ${file} could not be read: The file is shorter than it was.`);
  await journal.close();
});
