import { createHash } from "node:crypto";
import { isHandleError } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { countCommands, readBatchInput } from "./batch-input.ts";
import type { OnExisting } from "./change-record.ts";
import { checkExport, readExportInput } from "./export-input.ts";
import type { TransferFormat } from "./export-store.ts";
import { type Counts, type ImportJournal, openImportJournal } from "./import-journal.ts";
import type { Input } from "./open-input.ts";
import type { Progress } from "./progress.ts";
import { readLines } from "./read-lines.ts";
import { type ImportRun, runImport } from "./run-import.ts";
import { type Verification, verifyExport } from "./verify-export.ts";

/** An import: its input, the store, and the options. */
export interface ImportJob {
  readonly store: HandleStore;
  /** The data directory, where the journal is kept. */
  readonly directory: string;
  readonly input: Input;
  readonly format: TransferFormat;
  readonly onExisting: OnExisting;
  readonly dryRun: boolean;
  readonly resume: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Writes a note for the user. */
  note(text: string): void;
}

/** The result of an import, as it is printed. */
export interface ImportResult {
  /** Records or commands; under `wouldImport` nothing was written. */
  readonly imported?: Counts & { readonly records: number };
  readonly wouldImport?: Counts & { readonly records: number };
  /** Prefixes that the store is now responsible for. */
  readonly prefixes?: readonly string[];
  /** The records that were read back: compared with the file after the import, or one by one. */
  readonly verified?: Omit<Verification, "notHomed"> | { readonly same: number };
  /** Whether every record of the input is in the store; those that were kept on purpose may differ. */
  readonly isWhole: boolean;
}

/** An import that has ended, and the digest of its input for the audit. */
interface Ended {
  readonly result: ImportResult;
  readonly digest: string;
}

/** Reads a file once before anything is written. Resolves to undefined for what can be read only once. */
async function check<T>(
  { input, progress }: ImportJob,
  read: (lines: AsyncIterable<string>, onRecord: (records: number) => void) => Promise<T>,
): Promise<T | undefined> {
  if (input.size === undefined) return undefined;
  let bytes = 0;
  progress.start("Checking", input.size);
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.read()) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  return read(readLines(counted()), (records) => progress.update(bytes, records));
}

async function verify({ store, input, progress, signal }: ImportJob, total: number): Promise<Verification> {
  progress.start("Reading back", total);
  return verifyExport(store, readLines(input.read()), signal, (records) => progress.update(records));
}

async function importExport(job: ImportJob, run: ImportRun): Promise<Ended> {
  const { store, input, dryRun, progress } = job;
  const checked = await check(job, (lines, onRecord) => checkExport(lines, job.signal, onRecord));
  progress.start("Importing", checked?.records);
  const source = readExportInput(readLines(input.read()));
  const readBack = checked === undefined && !dryRun;
  const { records, counts, readBack: same } = await runImport(source.items, { ...run, readBack });
  const { prefixes, digest: manifest } = source.manifest();
  const digest = `manifest ${manifest}`;
  if (dryRun) return { result: { wouldImport: { records, ...counts }, isWhole: true }, digest };
  for (const prefix of prefixes) await store.home(prefix);
  const imported = { imported: { records, ...counts }, prefixes };
  if (checked === undefined) return { result: { ...imported, verified: { same }, isWhole: true }, digest };
  const { notHomed: _, ...verified } = await verify(job, records);
  const isWhole = verified.missing === 0 && (verified.different === 0 || counts.kept > 0);
  return { result: { ...imported, verified, isWhole }, digest };
}

async function importBatch(job: ImportJob, run: ImportRun): Promise<Ended> {
  const { input, dryRun, progress, note } = job;
  const checked = await check(job, (lines, onRecord) =>
    countCommands(lines, input.folder, run.signal, onRecord),
  );
  progress.start("Importing", checked);
  const hash = createHash("sha256");
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.read()) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const source = readBatchInput(readLines(hashed()), input.folder);
  const { records, counts, readBack } = await runImport(source.items, { ...run, readBack: !dryRun });
  progress.stop();
  if (source.passedOver() > 0) {
    note(
      "AUTHENTICATE and SESSIONSETUP were passed over: the batch is carried out with the rights of the server.",
    );
  }
  const digest = `SHA-256 ${hash.digest("hex")}`;
  if (dryRun) return { result: { wouldImport: { records, ...counts }, isWhole: true }, digest };
  const imported = { records, ...counts };
  return { result: { imported, verified: { same: readBack }, isWhole: true }, digest };
}

/** Writes the entry of the whole import into the audit: its records have none of their own. */
async function writeEntry({ store }: ImportJob, note: string): Promise<void> {
  await store.audit?.add({
    time: new Date(),
    identity: undefined,
    scheme: "command",
    address: undefined,
    operation: "import",
    handle: "",
    before: undefined,
    after: undefined,
    note,
  });
}

function noteOf({ result, digest }: Ended, format: TransferFormat): string {
  const { records = 0, written = 0, replaced = 0, kept = 0 } = result.imported ?? {};
  const what = format === "batch" ? "commands" : "records";
  return `${records} ${what}: ${written} written, ${replaced} replaced, ${kept} kept; ${digest}`;
}

/**
 * Imports into a store. What is written is durable as it goes; if the import is interrupted, its journal remains, and it
 * can be continued.
 *
 * @throws HandleError for the first line that cannot be imported, and for input that is damaged or was cut off
 */
export async function importInto(job: ImportJob): Promise<ImportResult> {
  const { store, directory, format, onExisting, dryRun, resume, progress, signal } = job;
  let reached = 0;
  let hasWritten = false;
  const journal: ImportJournal | undefined = dryRun ? undefined : await openImportJournal(directory, resume);
  const run: ImportRun = {
    writing: { store, onExisting, dryRun },
    journal,
    readBack: false,
    signal,
    onProgress(items) {
      reached = items;
      progress.update(items);
    },
    onWritten() {
      hasWritten = true;
    },
  };
  try {
    const ended = await (format === "batch" ? importBatch(job, run) : importExport(job, run));
    if (!dryRun) await writeEntry(job, noteOf(ended, format));
    await journal?.remove();
    return ended.result;
  } catch (error) {
    progress.stop();
    await journal?.close();
    if (hasWritten && !dryRun) {
      const why = isHandleError(error) ? error.code : "server_error";
      const note = `ended early (${why}) after ${reached}, and perhaps some of the next; import --resume continues it`;
      // The error that ended the import says more than that of an entry that cannot be written.
      await writeEntry(job, note).catch(() => job.note("The audit has no entry of this import."));
    }
    if (reached > 0 && !dryRun) {
      job.note(
        `${reached} records were imported. Give the same command with --resume to continue after them.`,
      );
    }
    throw error;
  }
}
