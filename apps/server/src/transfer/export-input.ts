import { createExportReader, type ExportManifest } from "@handlekit/core/export";
import { sameRecord, writeRecord } from "./change-record.ts";
import type { ImportItem } from "./run-import.ts";
import { sha256 } from "./sha256.ts";

/** The size of a record in memory, without its data. */
const RECORD_SIZE = 500;

/** An export that is read for an import. */
export interface ExportInput {
  readonly items: AsyncIterable<ImportItem>;
  /** Returns the manifest, once all items have been read. */
  manifest(): ExportManifest;
}

/** Reads the records of an export as items of an import. */
export function readExportInput(lines: AsyncIterable<string>): ExportInput {
  const reader = createExportReader({ sha256 });
  let manifest: ExportManifest | undefined;
  async function* items(): AsyncGenerator<ImportItem> {
    for await (const text of lines) {
      const item = await reader.push(text);
      if (item.kind === "manifest") manifest = item;
      if (item.kind !== "record") continue;
      yield {
        key: item.handle,
        size: RECORD_SIZE + text.length,
        digest: reader.position().digest,
        apply: async (writing) => ({
          outcome: await writeRecord(writing, item, sameRecord),
          after: item.values,
        }),
      };
    }
    reader.end();
  }
  return {
    items: items(),
    manifest() {
      if (manifest === undefined) throw new Error("The export has not been read to its end.");
      return manifest;
    },
  };
}

/**
 * Reads a whole export without keeping it, so that a mistake in its last line is found before anything is written.
 *
 * @param onRecord called with the number of records so far
 * @throws HandleError if it is damaged or was cut off
 */
export async function checkExport(
  lines: AsyncIterable<string>,
  signal: AbortSignal,
  onRecord: (records: number) => void,
): Promise<ExportManifest> {
  const reader = createExportReader({ sha256 });
  let manifest: ExportManifest | undefined;
  let records = 0;
  for await (const text of lines) {
    signal.throwIfAborted();
    const item = await reader.push(text);
    if (item.kind === "record") onRecord(++records);
    if (item.kind === "manifest") manifest = item;
  }
  reader.end();
  if (manifest === undefined) throw new Error("The export has no manifest.");
  return manifest;
}
