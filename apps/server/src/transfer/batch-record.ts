import { decodeValue, isHandleError, type StoredValue } from "@handlekit/core";
import { type BatchCommand, type BatchValueInput, formatBatch } from "@handlekit/core/batch";
import type { ExportRecord } from "@handlekit/core/export";

/** Keeps the data of a value in a file beside the batch. Resolves to the path for the batch. */
export type KeepData = (data: Uint8Array) => Promise<string>;

function isWritable(handle: string, value: BatchValueInput): boolean {
  try {
    formatBatch([{ command: "CREATE", handle, values: [value] }]);
    return true;
  } catch (error) {
    if (isHandleError(error)) return false;
    throw error;
  }
}

async function toBatchValue(
  handle: string,
  stored: StoredValue,
  keep: KeepData | undefined,
): Promise<BatchValueInput> {
  const { timestamp: _, ...value } = decodeValue(stored);
  if (keep === undefined || isWritable(handle, value)) return value;
  // A value that is not to be written even with its data in a file is left to formatBatch, for its error.
  const outside = { ...value, data: { file: "0.bin" } };
  return isWritable(handle, outside) ? { ...value, data: { file: await keep(stored.data) } } : value;
}

/**
 * Returns the command of GenericBatch that creates a record, with the line that ends it.
 *
 * @param keep keeps data that a batch cannot contain; without it such data are an error
 * @throws HandleError `invalid_value` that names the record and the value, if the format cannot represent it
 */
export async function formatRecord(
  { handle, values }: ExportRecord,
  keep: KeepData | undefined,
): Promise<string> {
  const written: BatchValueInput[] = [];
  for (const value of values) written.push(await toBatchValue(handle, value, keep));
  const command: BatchCommand<BatchValueInput> = { command: "CREATE", handle, values: written };
  return formatBatch([command]);
}
