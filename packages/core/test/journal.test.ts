import { createMemoryJournal, type Journal, type JournalEntry } from "@handlekit/core/journal";
import { openJournalFile } from "@handlekit/core/journal-file";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEntry } from "./journal-arbitraries.ts";
import { collect, entry } from "./journal-entries.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();

/** The tests of both journals. */
describe.each<[string, () => Promise<Journal & { close?(): Promise<void> }>]>([
  ["createMemoryJournal", async () => createMemoryJournal()],
  ["openJournalFile", () => openJournalFile(tempFile())],
])("a journal of %s", (_, open) => {
  it("is empty at first", async () => {
    const journal = await open();
    expect(await collect(journal)).toEqual([]);
    await journal.append([]);
    expect(await collect(journal)).toEqual([]);
    await journal.close?.();
  });

  it("returns the appended entries in their order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyEntry, { maxLength: 3 }), { maxLength: 4 }), async (groups) => {
        const journal = await open();
        await Promise.all(groups.map((group) => journal.append(group)));
        expect(await collect(journal)).toStrictEqual(groups.flat());
        await journal.close?.();
      }),
      { numRuns: 100 },
    );
  });

  it("keeps copies", async () => {
    const journal = await open();
    const given = { ...entry(1), data: { list: [1] } };
    const appended = journal.append([given]);
    given.data.list.push(2);
    await appended;
    const [first] = await collect(journal);
    expect(first?.data).toEqual({ list: [1] });
    await journal.close?.();
  });

  it("adds all entries or none", async () => {
    const journal = await open();
    const cyclic: Record<string, unknown> = { secret: "S3CR3T" };
    cyclic.self = cyclic;
    for (const bad of [
      { ...entry(2), data: cyclic },
      { ...entry(2), data: 1n },
      { ...entry(2), at: new Date() },
      { kind: "intent", at: "" },
    ]) {
      await expect(journal.append([entry(1), bad as unknown as JournalEntry])).rejects.toMatchObject({
        code: "invalid_value",
        message: "An entry of the journal cannot be written as JSON.",
      });
    }
    expect(await collect(journal)).toEqual([]);
    await journal.append([entry(3)]);
    expect(await collect(journal)).toEqual([entry(3)]);
    await journal.close?.();
  });

  it("can be read while it is written", async () => {
    const journal = await open();
    await journal.append([entry(1), entry(2)]);
    const seen: string[] = [];
    for await (const { key } of journal.entries()) {
      seen.push(key);
      await journal.append([entry(`after ${key}`)]);
    }
    expect(seen).toEqual(["1", "2"]);
    expect((await collect(journal)).map(({ key }) => key)).toEqual(["1", "2", "after 1", "after 2"]);
    await journal.close?.();
  });
});
