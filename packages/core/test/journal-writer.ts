import { open, rm } from "node:fs/promises";
import { isHandleError } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import { entry } from "./journal-entries.ts";

// A process for journal-file.itest.ts: journal-writer.mjs FILE LANE... | FILE count | FILE contend TIMES
// Each lane appends "LANE STEP" for ever, and prints that when it is durable. "open" is printed first; what opening or
// appending fails with, last. With count it prints the number of entries instead. With contend it opens the journal as
// often as it is told, each time as soon as it can, and appends an entry while it holds a file that only one can hold.

const [file = "", ...lanes] = process.argv.slice(2);

async function append(journal: Awaited<ReturnType<typeof openJournalFile>>, lane: string): Promise<never> {
  for (let step = 1; ; step++) {
    await journal.append([{ ...entry(`${lane} ${step}`), data: "x".repeat((step * 7919) % 3000) }]);
    process.stdout.write(`${lane} ${step}\n`);
  }
}

async function contend(times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const journal = await openJournalFile(file).catch((error: unknown) => {
      if (isHandleError(error, "store_failed") && error.retryable) return undefined;
      throw error;
    });
    if (!journal) continue;
    await (await open(`${file}.alone`, "wx")).close();
    await journal.append([entry(`${process.pid} ${++done}`)]);
    await rm(`${file}.alone`);
    await journal.close();
  }
}

function describe(error: unknown): string {
  return isHandleError(error) ? `${error.code} ${error.message}` : String(error);
}

async function run(): Promise<void> {
  if (lanes[0] === "contend") return contend(Number(lanes[1]));
  const journal = await openJournalFile(file);
  process.stdout.write("open\n");
  if (lanes[0] === "count") {
    let count = 0;
    for await (const _ of journal.entries()) count++;
    process.stdout.write(`${count}\n`);
    await journal.close();
  } else {
    const failures = await Promise.allSettled(lanes.map((lane) => append(journal, lane)));
    for (const failure of failures) {
      if (failure.status === "rejected") process.stdout.write(`failed ${describe(failure.reason)}\n`);
    }
    await journal
      .append([entry("later")])
      .catch((error: unknown) => process.stdout.write(`later ${describe(error)}\n`));
    // The lock is left to whoever opens the journal next.
  }
}

await run().catch((error: unknown) => process.stdout.write(`refused ${describe(error)}\n`));
