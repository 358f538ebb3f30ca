import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { prefixHandle } from "@handlekit/core";
import { formatBatch } from "@handlekit/core/batch";
import { type ExportRecord, writeExport } from "@handlekit/core/export";
import type { HandleStore } from "@handlekit/core/store";
import { formatRecord, type KeepData } from "./batch-record.ts";
import { assertFree, type Write, writeOutputFile, writeOutputStream } from "./output-file.ts";
import type { Progress } from "./progress.ts";
import { sha256 } from "./sha256.ts";
import { countRecords, readRecords } from "./store-records.ts";

/** The formats of files that are exported and imported. */
export type TransferFormat = "handlekit" | "batch";

/** How a store is exported. */
export interface ExportJob {
  readonly store: HandleStore;
  readonly format: TransferFormat;
  /** The file; undefined for standard output. */
  readonly output: string | undefined;
  /** The prefixes, folded; undefined for all. */
  readonly selected: readonly string[] | undefined;
  /** Whether to replace a file that exists. */
  readonly force: boolean;
  readonly progress: Progress & { readonly isShown: boolean };
  readonly signal: AbortSignal;
}

/** The result of an export. */
export interface ExportResult {
  readonly records: number;
  readonly prefixes: readonly string[];
  /** The number of values whose data are in files beside a batch. */
  readonly files: number;
}

/** A Handle.Net server on the machine where the batch is carried out. Nobody but its user knows another address. */
const HOME_SERVER = { address: "127.0.0.1", port: 2641, protocol: "tcp" } as const;

/** Writes the whole export. Resolves to the number of records. */
async function writeRecords(
  { store, format, selected, progress, signal }: ExportJob,
  prefixes: readonly string[],
  { write, keep }: { readonly write: Write; readonly keep: KeepData | undefined },
): Promise<number> {
  progress.start("Exporting", progress.isShown ? await countRecords(store, selected) : undefined);
  let records = 0;
  async function* counted(): AsyncGenerator<ExportRecord> {
    for await (const record of readRecords(store, selected, signal)) {
      yield record;
      progress.update(++records);
    }
  }
  if (format === "handlekit") {
    for await (const line of writeExport(counted(), { prefixes, selected, sha256 })) await write(`${line}\n`);
    return records;
  }
  if (prefixes.length > 0) {
    const prefixHandles = prefixes.map(prefixHandle);
    await write(formatBatch([{ command: "HOME", server: HOME_SERVER, prefixHandles }]));
  }
  for await (const record of counted()) await write(await formatRecord(record, keep));
  return records;
}

/** Keeps data in a folder beside a batch, which is created with the first of them. */
function createDataFolder(output: string) {
  const folder = `${output}.files`;
  const building = `${folder}.partial-${process.pid}`;
  let files = 0;
  return {
    folder,
    count: () => files,
    async keep(data: Uint8Array) {
      if (files === 0) {
        await rm(building, { recursive: true, force: true });
        await mkdir(building, { mode: 0o700 });
      }
      const name = `${++files}.bin`;
      await writeFile(`${building}/${name}`, data, { mode: 0o600, flag: "wx" });
      return `${basename(folder)}/${name}`;
    },
    /** Gives the folder its name, in place of an older one. */
    async finish() {
      await rm(folder, { recursive: true, force: true });
      if (files > 0) await rename(building, folder);
    },
    discard: () => rm(building, { recursive: true, force: true }),
  };
}

/**
 * Exports the records of a store. A server may be writing to it: each record is as it was at one moment, but not all at
 * the same.
 *
 * @throws HandleError `invalid_options` if the output exists or cannot be written; `invalid_value` if a record cannot be
 *   exported; `store_failed`; the reason of the signal
 */
export async function exportStore(job: ExportJob): Promise<ExportResult> {
  const { store, format, output, selected, force, progress } = job;
  const homed = await store.prefixes();
  const prefixes = selected === undefined ? homed : homed.filter((prefix) => selected.includes(prefix));
  try {
    if (output === undefined) {
      const fill = (write: Write) => writeRecords(job, prefixes, { write, keep: undefined });
      return { records: await writeOutputStream(process.stdout, fill), prefixes, files: 0 };
    }
    const data = format === "batch" ? createDataFolder(output) : undefined;
    if (data && !force) await assertFree(data.folder);
    try {
      const records = await writeOutputFile(output, force, async (write) => {
        const count = await writeRecords(job, prefixes, { write, keep: data?.keep });
        await data?.finish();
        return count;
      });
      return { records, prefixes, files: data?.count() ?? 0 };
    } finally {
      await data?.discard();
    }
  } finally {
    progress.stop();
  }
}
